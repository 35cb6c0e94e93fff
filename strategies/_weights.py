"""Weights of models from what their answers were worth: compared like with like, shrunk, and moved a step at a time.

How far each model is above or below the others is the least-squares effect of the model beside one of the prompt (a two-way layout:
Searle, Linear Models, 1971), so that a model that was sent the hard prompts is not thought bad. Prompts that one model answered,
drawn with a known chance, count by their models' means weighed by one over it (self-normalised inverse propensity: Swaminathan and
Joachims, 2015), as many as the weights are worth (Kish, 1965). All are differences on one scale: to win a tenth more of the votes counts
like a quality that is a tenth higher.

An effect counts as its own with n observations and as that of its betters in number with `shrink` more: a category's draws on the
model's effect over all, and that on none (an empirical Bayes estimate with a fixed prior weight, after Efron and Morris,
1975). The weights aimed at are softmax(effect / sharpness).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What answers say of the differences between m models: normal equations, and how many answers of each are in them."""

    gram: Floats
    """(m, m)."""
    sums: Floats
    """(m,)."""
    count: Floats
    """(m,)."""

    @classmethod
    def of(cls, rewards: Floats, chance: Floats, kinds: NDArray[np.object_]) -> Evidence:
        """From (n, m) rewards, NaN where a model did not answer; chances, NaN where it was not drawn; and (n,) kinds of reward."""
        known = ~np.isnan(rewards)
        several = known.sum(axis=1) > 1
        drawn = ~several & (known & ~np.isnan(chance)).any(axis=1)
        parts = [_beside(rewards[several])]
        parts += [
            _drawn(rewards[drawn & (kinds == kind)], chance[drawn & (kinds == kind)]) for kind in set(kinds[drawn])
        ]
        return cls(*(np.sum(part, axis=0) for part in zip(*parts, strict=True)))


def _beside(rewards: Floats) -> tuple[Floats, Floats, Floats]:
    """Prompts that several models answered: against the mean of their answers."""
    seen = (~np.isnan(rewards)).astype(float)
    value = np.where(seen > 0, rewards, 0.0)
    size = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    count = seen.sum(axis=0)
    sums = (value - seen * value.sum(axis=1, keepdims=True) / size).sum(axis=0)
    return np.diag(count) - (seen / size).T @ seen, sums, count


def _drawn(rewards: Floats, chance: Floats) -> tuple[Floats, Floats, Floats]:
    """Prompts of one kind that a drawn model answered: weighed means, against each other; of one model only they say nothing."""
    weight = np.where(np.isnan(rewards), 0.0, 1 / chance)
    total = weight.sum(axis=0)
    count = total**2 / np.maximum((weight**2).sum(axis=0), 1e-300)
    if (count > 0).sum() < 2:
        count = np.zeros_like(count)
    mean = (weight * np.nan_to_num(rewards)).sum(axis=0) / np.maximum(total, 1e-300)
    all_ = max(count.sum(), 1e-300)
    return np.diag(count) - np.outer(count, count) / all_, count * (mean - count @ mean / all_), count


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

    def shrunk(self, seen: Evidence, prior: Floats | float) -> Floats:
        """(m,): the effects, each drawn to its prior."""
        weighed = seen.gram + self.shrink * np.eye(len(seen.sums))
        return np.asarray(np.linalg.solve(weighed, seen.sums + self.shrink * prior))

    def moved(self, old: Floats, mean: Floats, count: Floats, step: float | None = None) -> Floats:
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
