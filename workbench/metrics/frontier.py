"""Figures of a cost-quality curve. Costs in one unit throughout, qualities 0 to 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from .bootstrap import half_means
from .hull import Floats, at, corners, hull

Halved = tuple[Floats, Floats]
"""(10, L) means over the prompts to choose on, and over those to judge on."""


def aiq(cost: ArrayLike, quality: ArrayLike, low: float, high: float) -> float:
    """Average improvement in quality: area under the non-decreasing hull from `low` to `high`, divided by that range.

    RouterBench (arXiv 2403.12031, eq. 4) divides by the range; its public code divides by the largest cost, which rewards a
    small range. `low` and `high` are fixed by the data, not the router: mean costs of the cheapest and the dearest single
    model. Where the curve begins above `low` nothing is reached for less, which counts as the quality of nothing: 0.
    Raises ValueError where the range is empty.
    """
    if not high > low:
        raise ValueError(f"the range of costs from {low:g} to {high:g} is empty")
    x, y = hull(cost, quality)
    return area(x, y, low, high)


def area(cost: Floats, quality: Floats, low: float, high: float) -> float:
    """Mean height, from low to high, of the line through points in order of cost; flat after the last, 0 before the first."""
    start = max(low, float(cost[0]))
    if start >= high:
        return 0.0
    inner = cost[(cost > start) & (cost < high)]
    grid = np.concatenate([[start], inner, [high]])
    heights = at(grid, cost, quality)
    return float(np.sum((heights[1:] + heights[:-1]) / 2 * np.diff(grid)) / (high - low))


def honest_aiq(cost: Floats, quality: Floats, low: float, high: float, seed: int = 0) -> float:
    """AIQ of a curve whose settings were chosen on other prompts than those it is judged on; (L, n) costs and qualities.

    The hull of noisy points is optimistic (by .01 and more at 1,500 prompts): it picks settings that were lucky. Here half of the
    prompts chooses the corners and the other half says what they give; the mean of five halvings, each used both ways.
    """
    costs, qualities = (half_means(values, seed) for values in (cost, quality))
    return float(np.mean([area(x, y, low, high) for x, y in chosen_curves(costs, qualities)]))


def chosen_curves(costs: Halved, qualities: Halved) -> Iterator[tuple[Floats, Floats]]:
    """For each halving, the corners of one half's hull as the other half sees them, in order of its costs.

    They are left as they come: a running maximum over them would pick lucky ones again.
    """
    for tune_cost, test_cost, tune_quality, test_quality in zip(*costs, *qualities, strict=True):
        kept = corners(tune_cost, tune_quality)
        kept = kept[np.argsort(test_cost[kept], kind="stable")]
        yield test_cost[kept], test_quality[kept]


def zero_router(cost: ArrayLike, quality: ArrayLike) -> tuple[Floats, Floats]:
    """The hull of single models' mean costs and qualities: what drawing a model at random reaches, knowing no prompt."""
    return hull(cost, quality)


def hypervolume(cost: ArrayLike, quality: ArrayLike, worst_cost: float, worst_quality: float = 0.0) -> float:
    """Area of what the points dominate, up to a worst cost and quality (Zitzler and Thiele, 1999); no mixing of points."""
    x, y = np.asarray(cost, dtype=float), np.asarray(quality, dtype=float)
    total, best = 0.0, worst_quality
    order = np.lexsort((-y, x))
    for i in order.tolist():
        if x[i] < worst_cost and y[i] > best:
            total += (worst_cost - x[i]) * (y[i] - best)
            best = float(y[i])
    return total
