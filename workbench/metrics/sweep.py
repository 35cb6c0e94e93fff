"""One scoring, many thresholds: the choices of a router at every price of a sweep, and what they would have given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Choices = NDArray[np.uint8]
Number = TypeVar("Number", np.float32, np.float64)
ROWS = 16_384
"""Prompts weighed at once: their columns stay in the processor's cache."""
MODELS = 255
"""Most models that a choice can name; 255 itself says that no single model answered."""


def choices(quality: NDArray[Number], cost: NDArray[Number], prices: Sequence[float]) -> Choices:
    """(L, n): the model with the largest quality - price x cost, for each of L prices; the first one where they tie.

    `quality` and `cost` are (n, m) predictions. An infinite price chooses the lowest predicted cost. Computed in the
    precision of the predictions, column by column: the same choices as a row-wise argmax, in a fraction of its time.
    """
    n, m = quality.shape
    if m > MODELS:
        raise ValueError(f"a sweep can choose among {MODELS} models, not {m}")
    out = np.zeros((len(prices), n), dtype=np.uint8)
    for start in range(0, n, ROWS):
        rows = slice(start, start + ROWS)
        q, c = (np.ascontiguousarray(x[rows].T) for x in (quality, cost))
        best, now = np.empty_like(q[0]), np.empty_like(q[0])
        wins = np.empty(len(best), dtype=bool)
        for at, price in enumerate(prices):
            gain, weight = (q, q.dtype.type(price)) if np.isfinite(price) else (np.zeros_like(q), q.dtype.type(1))
            chosen = out[at, rows]
            np.multiply(c[0], -weight, out=best)
            best += gain[0]
            for j in range(1, m):
                np.multiply(c[j], -weight, out=now)
                now += gain[j]
                np.greater(now, best, out=wins)
                np.maximum(now, best, out=best)
                np.putmask(chosen, wins, j)
    return out


def realised(choices: Choices, outcomes: NDArray[Any]) -> NDArray[Any]:
    """(L, n): of the (n, m) outcomes, those of the models chosen."""
    return outcomes.take(places(choices, outcomes.shape[1]))


def places(choices: Choices, models: int) -> NDArray[np.intp]:
    """(L, n): where in a flattened (n, m) table the outcomes of the models chosen stand."""
    index = choices.astype(np.intp)
    index += np.arange(0, choices.shape[-1] * models, models)
    return index
