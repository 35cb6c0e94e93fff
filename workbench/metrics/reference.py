"""The lines every report shows: what needs no router, and what no router can pass. Properties of the data, not strategies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .hull import Floats, at, hull

Line = tuple[Floats, Floats]
"""Quality and cost of each of n prompts."""


def cheapest(quality: Floats, cost: Floats) -> Line:
    """Always the model with the lowest mean cost. (n, m) outcomes, as in all of these."""
    return _always(quality, cost, int(cost.mean(axis=0).argmin()))


def best_single(quality: Floats, cost: Floats) -> Line:
    """Always the model with the best mean quality, the cheaper of equals."""
    means = quality.mean(axis=0)
    return _always(quality, cost, int(np.lexsort((cost.mean(axis=0), -means))[0]))


def round_robin(quality: Floats, cost: Floats) -> Line:
    """Each model in turn, over the prompts in their order."""
    turn = np.arange(len(quality)) % quality.shape[1]
    return _picked(quality, cost, turn)


def random(quality: Floats, cost: Floats) -> Line:
    """A model drawn at random for each prompt: its expectation."""
    return quality.mean(axis=1), cost.mean(axis=1)


def category_oracle(quality: Floats, cost: Floats, categories: Sequence[str] | NDArray[np.object_]) -> Line:
    """The best model of each category, known beforehand."""
    named, group = np.unique(np.asarray(categories, dtype=str), return_inverse=True)
    chosen = np.empty(len(quality), dtype=np.intp)
    for category in range(len(named)):
        rows = group == category
        chosen[rows] = np.lexsort((cost[rows].mean(axis=0), -quality[rows].mean(axis=0)))[0]
    return _picked(quality, cost, chosen)


def oracle(quality: Floats, cost: Floats) -> Line:
    """The best model for every prompt, the cheapest of equals."""
    best = quality.max(axis=1, keepdims=True)
    return _picked(quality, cost, np.where(quality == best, cost, np.inf).argmin(axis=1))


def oracle_curve(quality: Floats, cost: Floats, steps: int = 60) -> Line:
    """The hull of what an oracle reaches at every price of quality: mean qualities and mean costs of its corners.

    At a price p it takes the model with the largest quality - p x cost of each prompt.
    """
    spread = np.geomspace(1e-3, 1e6, steps) / max(float(cost.mean(axis=0).max()), 1e-300)
    points = [_picked(quality, cost, (quality - p * cost).argmax(axis=1)) for p in [0.0, *spread]]
    points.append(oracle(quality, cost))
    spent, reached = (np.array([line[side].mean() for line in points]) for side in (1, 0))
    x, y = hull(spent, reached)
    return y, x


def regret(reached: Floats, quality: Floats) -> Floats:
    """(n,): quality that the best model for each prompt would have added."""
    return np.asarray(quality.max(axis=1) - reached)


def gap_closed(reached: Floats, quality: Floats, cost: Floats) -> float:
    """Share of the way from the best single model to the oracle; below 0 for less than the best single model. NaN at no gap."""
    single, best = best_single(quality, cost)[0].mean(), quality.max(axis=1).mean()
    return float((reached.mean() - single) / (best - single)) if best > single else float("nan")


def above_zero_router(mean_quality: float, mean_cost: float, quality: Floats, cost: Floats) -> float:
    """Quality above that of mixing single models for the same mean cost."""
    x, y = hull(cost.mean(axis=0), quality.mean(axis=0))
    return float(mean_quality - at(max(mean_cost, float(x[0])), x, y))


def _always(quality: Floats, cost: Floats, model: int) -> Line:
    return quality[:, model], cost[:, model]


def _picked(quality: Floats, cost: Floats, chosen: NDArray[np.intp]) -> Line:
    n = np.arange(len(quality))
    return quality[n, chosen], cost[n, chosen]
