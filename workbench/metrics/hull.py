"""The non-decreasing upper convex hull of cost and quality: what mixing the settings of a router can reach.

A point on the line between two settings is reached by drawing one of them at random for each prompt (RouterBench, arXiv
2403.12031, section 3.2). More money never has to buy less, so the hull ends in a flat line at its best quality.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def corners(cost: ArrayLike, quality: ArrayLike) -> NDArray[np.intp]:
    """Indexes of the points that make the hull, from the cheapest (the best of them) to the best (the cheapest of them).

    Points with NaN are not there. Raises ValueError when none is.
    """
    x, y = np.asarray(cost, dtype=float), np.asarray(quality, dtype=float)
    there = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
    if not len(there):
        raise ValueError("a hull needs at least one point")
    order = there[np.lexsort((-y[there], x[there]))]
    kept: list[int] = []
    for i in order.tolist():
        if kept and y[i] <= y[kept[-1]]:
            continue  # dearer and no better
        while len(kept) > 1 and _below(x, y, kept[-2], kept[-1], i):
            kept.pop()
        kept.append(i)
    return np.array(kept)


def _below(x: Floats, y: Floats, left: int, middle: int, right: int) -> bool:
    """Whether the middle point lies on or below the line between the others."""
    return bool((y[middle] - y[left]) * (x[right] - x[left]) <= (y[right] - y[left]) * (x[middle] - x[left]))


def hull(cost: ArrayLike, quality: ArrayLike) -> tuple[Floats, Floats]:
    """Costs and qualities of the hull's corners."""
    kept = corners(cost, quality)
    return np.asarray(cost, dtype=float)[kept], np.asarray(quality, dtype=float)[kept]


def at(cost: ArrayLike, corner_cost: Floats, corner_quality: Floats) -> Floats:
    """Quality of the hull at these costs: flat beyond its last corner; NaN below its first, which no money reaches."""
    found = np.interp(np.asarray(cost, dtype=float), corner_cost, corner_quality, left=np.nan)
    return np.asarray(found)
