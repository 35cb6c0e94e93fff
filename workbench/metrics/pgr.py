"""Figures of two-model routers: how much of the gap between a weak and a strong model is won back, for how many strong calls.

Performance gap recovered (Burns et al., arXiv 2312.09390): PGR = (router - weak) / (strong - weak). RouteLLM (arXiv 2406.18665)
averages it over all shares of strong calls (APGR) and asks for the least share that reaches a given PGR (CPT).
"""

from __future__ import annotations

import numpy as np

from workbench.errors import BadInput

from .hull import Floats

CERTAIN = 3.0
"""Standard errors that the gap must be away from 0: a share of nothing is no figure."""


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
    order = np.argsort(-wanted, kind="stable")
    _, start = np.unique(-wanted[order], return_index=True)
    group = np.repeat(np.arange(len(start)), np.diff([*start, len(order)]))
    even = (np.bincount(group, gain[order]) / np.bincount(group))[group]
    return np.asarray(np.concatenate([[0.0], np.cumsum(even)]) / gap)


def apgr(pgr: Floats) -> float:
    """Mean PGR over all shares of strong calls: the exact area by trapezoids. 0.5 for a router that knows nothing."""
    return float(np.mean((pgr[1:] + pgr[:-1]) / 2))


def cpt(pgr: Floats, target: float) -> float | None:
    """Call-performance threshold: the first share of strong calls that reaches a PGR (0.5, 0.8 ...); None if none does."""
    reached = np.flatnonzero(np.maximum.accumulate(pgr) >= target - 1e-12)
    return float(reached[0]) / (len(pgr) - 1) if len(reached) else None
