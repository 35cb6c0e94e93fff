"""Which prompts a strategy learns from and which it is judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.recorded import Recorded

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows to learn from, rows to be judged on."""
TRAIN = "train"
SEEN = "contaminated"
"""The split of prompts that a data set itself marks as seen before: neither learned from nor judged."""


def folds(recorded: Recorded, k: int, seed: int = 0) -> list[Fold]:
    """k folds by prompt, so that every prompt is judged by what did not see it; 0 takes the data's own split instead.

    Prompts are shuffled once and cut into k even parts (scikit-learn's KFold(k, shuffle=True, random_state=seed) over
    prompts in the order of their ids makes the same ones). Raises BadInput where there are fewer prompts than folds.
    """
    n = len(recorded)
    if k == 0:
        return [_own(recorded)]
    if not 2 <= k <= n:
        raise BadInput(
            f"{k} folds of {n} prompts cannot be made: choose from 2 to {min(n, 20)} folds, or 0 for the data's split"
        )
    order = np.arange(n)
    np.random.RandomState(seed).shuffle(order)
    return list(_cut(order, k))


def _cut(order: NDArray[np.intp], k: int) -> Iterator[Fold]:
    for part in np.array_split(order, k):
        held = np.zeros(len(order), dtype=bool)
        held[part] = True
        yield np.flatnonzero(~held), np.flatnonzero(held)


def _own(recorded: Recorded) -> Fold:
    """The rows marked train, and all others."""
    train = recorded.splits == TRAIN
    return np.flatnonzero(train), np.flatnonzero(~train)


def judged(parts: Sequence[Fold]) -> NDArray[np.intp]:
    """Every row that some fold judges, in order. Raises BadInput when there is none."""
    rows = np.sort(np.concatenate([test for _, test in parts]))
    if not len(rows):
        raise BadInput("this data set's split marks every prompt as train: use --folds 5 to judge each by the others")
    return rows
