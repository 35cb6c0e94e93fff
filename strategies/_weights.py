"""Weights of models from what their answers were worth: shrunk, held to a minimum sample, and moved a step at a time.

A model's mean reward counts as its own with n observations and as that of its betters in number with `shrink` more: a category's
draws on the model's mean over all, and that on the mean of the pool (an empirical Bayes estimate with a fixed prior weight, after
Efron and Morris, 1975). The weights aimed at are softmax(mean / sharpness).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """How weights follow rewards."""

    shrink: float
    """Observations that the more general mean counts as."""
    fewest: int
    """Observations of a model below which its weight stays."""
    step: float
    """Most that one weight may move at once."""
    sharpness: float
    """Reward that makes one model e times as likely as another."""

    def shrunk(self, rewards: Floats, prior: Floats | float) -> Floats:
        """(m,): means over what is known of (n, m), each drawn to its prior."""
        known = ~np.isnan(rewards)
        sums = np.where(known, rewards, 0.0).sum(axis=0)
        return np.asarray((sums + self.shrink * prior) / (known.sum(axis=0) + self.shrink))

    def moved(self, old: Floats, mean: Floats, count: NDArray[np.int64], step: float | None = None) -> Floats:
        """(m,), adding up to one: from `old` toward the softmax among those with enough observations, by a step at most.

        Of all weights the largest change is the step; where fewer than two models have enough, nothing moves.
        """
        enough = count >= self.fewest
        if enough.sum() < 2:
            return old
        aim = old.copy()
        powers = np.exp((mean[enough] - mean[enough].max()) / self.sharpness)
        aim[enough] = old[enough].sum() * powers / powers.sum()
        far = float(np.abs(aim - old).max())
        most = self.step if step is None else step
        return np.asarray(old + (aim - old) * min(1.0, most / far)) if far else old


def joined(models: Sequence[str], weights: Floats, seen: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    """The models with those that are new, each of which begins with an equal share."""
    new = [model for model in seen if model not in models]
    total = len(models) + len(new)
    share = np.full(len(new), 1 / total) if total else np.empty(0)
    return (*models, *new), np.concatenate([weights * len(models) / max(1, total), share])
