"""Prompts to be judged on that also stand, word for word or nearly, among those to learn from.

A router that looks its training prompts up (kNN above all) is flattered by them. RouteLLM (lm-sys/RouteLLM,
routellm/evals/find_contaminated.py) drops evaluation prompts whose embedding has a cosine of 0.95 or more with one of training;
that is the default here. Equal means equal but for case and white space. A paraphrase below the threshold is not found; two prompts
that differ in a number only are, since they are as good as equal to a router by embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
THRESHOLD = 0.95
BLOCK = 2048
"""Rows compared with as many others at a time: 16 MB."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A judged prompt and the prompt of training that is most like it."""

    judged: int
    train: int
    cosine: float
    equal: bool
    """The texts are the same, but for case and white space."""


def contaminated(
    judged: Sequence[str],
    train: Sequence[str],
    judged_vectors: Vectors,
    train_vectors: Vectors,
    threshold: float = THRESHOLD,
) -> list[Pair]:
    """The judged prompts that are contaminated, in order, each with its nearest prompt of training.

    Vectors are (n, d) with rows of length 1, one for each text. Memory is bounded whatever n; time grows with the product of
    both numbers (10,000 by 40,000: some seconds).
    """
    at, cosine = nearest(judged_vectors, train_vectors)
    places = {folded(text): i for i, text in reversed(list(enumerate(train)))}
    pairs = []
    for i, text in enumerate(judged):
        same = places.get(folded(text))
        if same is not None:
            pairs.append(Pair(i, same, 1.0, equal=True))
        elif len(train) and cosine[i] >= threshold:
            pairs.append(Pair(i, int(at[i]), float(cosine[i]), equal=False))
    return pairs


def nearest(rows: Vectors, others: Vectors, block: int = BLOCK) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each of n rows the first of the others with the highest cosine, and that cosine; -1 and -inf where there is none."""
    at = np.full(len(rows), -1, dtype=np.intp)
    best = np.full(len(rows), -np.inf, dtype=np.float32)
    for i in range(0, len(rows), block):
        for j in range(0, len(others), block):
            similar = rows[i : i + block] @ others[j : j + block].T
            top = similar.argmax(axis=1)
            value = similar[np.arange(len(top)), top]
            better = value > best[i : i + block]
            at[i : i + block][better] = j + top[better]
            best[i : i + block][better] = value[better]
    return at, best


def folded(text: str) -> str:
    """The text in one case, its words one space apart."""
    return " ".join(text.casefold().split())
