"""Figures of two-model routers: how much of the gap between a weak and a strong model is won back, for how many strong calls.

Performance gap recovered (Burns et al., arXiv 2312.09390): PGR = (router - weak) / (strong - weak). RouteLLM (arXiv 2406.18665)
averages it over all shares of strong calls (APGR) and asks for the least share that reaches a given PGR (CPT).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

from .hull import Floats

CERTAIN = 3.0
"""Standard errors that the gap must be away from 0: a share of nothing is no figure."""
BLOCK = 100
"""Resamples worked on at once: bounds memory."""


def recovered(wanted: Floats, weak: Floats, strong: Floats) -> Floats:
    """PGR (n + 1,) with 0, 1 ... n strong calls, given to the prompts that want them most.

    `wanted` orders n prompts by how much the strong model is worth; prompts that want it equally take it in random order, of
    which this is the exact mean. `weak` and `strong` are the qualities (n,). Raises BadInput where the gap may be 0.
    """
    gain = strong - weak
    gap = gain.sum()
    if len(gain) < 2 or abs(gap) <= CERTAIN * gain.std(ddof=1) * np.sqrt(len(gain)):
        raise BadInput(
            f"the strong model is better by {gap / max(1, len(gain)):.3f}, which is within three standard errors of 0: shares "
            "of such a gap say nothing; record more prompts or compare other models"
        )
    return won_back(wanted, gain)


def won_back(wanted: Floats, gain: Floats) -> Floats:
    """`recovered` of strong - weak, unasked whether the gap may be 0: for resamples of prompts on which it is not."""
    order = np.argsort(-wanted, kind="stable")
    _, start = np.unique(-wanted[order], return_index=True)
    group = np.repeat(np.arange(len(start)), np.diff([*start, len(order)]))
    even = (np.bincount(group, gain[order]) / np.bincount(group))[group]
    return np.asarray(np.concatenate([[0.0], np.cumsum(even)]) / gain.sum())


@dataclass(frozen=True)
class Resampled:
    """APGR and CPT in every resample of the prompts; NaN where a resample has no gap to speak of."""

    apgr: Floats
    """(resamples,)."""
    cpt: dict[float, Floats]
    """For each target (resamples,): share of strong calls, inf where the target is not reached."""


def resampled(
    wanted: Floats, weak: Floats, strong: Floats, drawn: NDArray[np.float32], targets: Sequence[float] = ()
) -> Resampled:
    """The figures of `recovered` for rows of weights (resamples, n), as `bootstrap.weights` draws them.

    A prompt that is drawn twice is two prompts that want the strong model equally. PGR is then a line through the ends of
    groups of equals, of which area and crossings are exact.
    """
    order = np.argsort(-wanted, kind="stable")
    _, start = np.unique(-wanted[order], return_index=True)
    gain = (strong - weak)[order].astype(np.float32)
    found = [_lines(drawn[i : i + BLOCK, order], gain, start) for i in range(0, len(drawn), BLOCK)]
    areas = np.concatenate([_area(x, y) for x, y in found])
    n = drawn.shape[1]
    return Resampled(areas, {t: np.concatenate([_crossings(x, y, t, n) for x, y in found]) for t in targets})


def _lines(weights: NDArray[np.float32], gain: NDArray[np.float32], start: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """(resamples, groups + 1): share of strong calls and PGR at the end of each group, from 0 to 1."""
    counts = np.add.reduceat(weights, start, axis=1, dtype=np.float64)
    gains = np.add.reduceat(weights * gain, start, axis=1, dtype=np.float64)
    x, y = (np.cumsum(np.pad(part, ((0, 0), (1, 0))), axis=1) for part in (counts, gains))
    gap = y[:, -1:]
    spread = np.sqrt(np.maximum((weights * gain**2).sum(axis=1, keepdims=True) - gap**2 / x[:, -1:], 0))
    clear = np.abs(gap) > CERTAIN * spread
    return x / x[:, -1:], np.divide(y, gap, out=np.full_like(y, np.nan), where=clear)


def _area(x: Floats, y: Floats) -> Floats:
    return np.asarray(((y[:, 1:] + y[:, :-1]) / 2 * np.diff(x, axis=1)).sum(axis=1))


def _crossings(x: Floats, y: Floats, target: float, n: int) -> Floats:
    """First share of strong calls, in steps of 1/n, at which each line reaches a target."""
    above = y >= target - 1e-12
    i = above.argmax(axis=1)
    rows, before = np.arange(len(x)), np.maximum(i - 1, 0)
    rise = y[rows, i] - y[rows, before]
    part = np.divide(target - y[rows, before], rise, out=np.ones(len(x)), where=rise > 0)
    at = x[rows, before] + np.clip(part, 0, 1) * (x[rows, i] - x[rows, before])
    found = np.ceil(at * n - 1e-6) / n
    return np.where(above.any(axis=1), found, np.where(np.isnan(y[:, 0]), np.nan, np.inf))


def apgr(pgr: Floats) -> float:
    """Mean PGR over all shares of strong calls: the exact area by trapezoids. 0.5 for a router that knows nothing."""
    return float(np.mean((pgr[1:] + pgr[:-1]) / 2))


def cpt(pgr: Floats, target: float) -> float | None:
    """Call-performance threshold: the first share of strong calls that reaches a PGR (0.5, 0.8 ...); None if none does."""
    reached = np.flatnonzero(np.maximum.accumulate(pgr) >= target - 1e-12)
    return float(reached[0]) / (len(pgr) - 1) if len(reached) else None
