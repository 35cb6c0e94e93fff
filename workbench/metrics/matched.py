"""What a curve gives beside one fixed model: cost saved at that model's quality, quality gained for its money.

FrugalGPT (arXiv 2305.05176, table 3) states the first as "cost to match the best individual model". Costs in one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bootstrap import half_means
from .frontier import chosen_curves
from .hull import Floats, hull

NEARLY = 0.99
"""Share of the fixed model's quality that a cost is stated for."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Against a fixed model. What a curve never reaches is infinitely far away, so that medians and quantiles stay true."""

    saved: float
    """1 - cost of its quality / its cost: share of money saved; below 0 where it costs more, -inf where never reached."""
    gained: float
    """Quality for its cost - its quality; -inf where even the cheapest setting costs more."""
    nearly: float
    """Cost of 99 % of its quality; inf where never reached."""


def matched(cost: Floats, quality: Floats, single_cost: float, single_quality: float) -> Matched:
    """A line through points in order of cost, such as a hull, against a model of this mean cost and quality."""
    even = reached(cost, quality, single_quality)
    saved = 1 - even / single_cost if single_cost else -np.inf
    gained = float(np.interp(single_cost, cost, quality, left=-np.inf)) - single_quality
    return Matched(saved, gained, reached(cost, quality, NEARLY * single_quality))


def reached(cost: Floats, quality: Floats, target: float) -> float:
    """Least cost at which a line through points in order of cost reaches a quality; inf where it never does."""
    found = np.flatnonzero(quality >= target)
    if not len(found):
        return np.inf
    i = int(found[0])
    if i == 0:
        return float(cost[0])
    share = (target - quality[i - 1]) / (quality[i] - quality[i - 1])
    return float(cost[i - 1] + share * (cost[i] - cost[i - 1]))


def plain(cost: Floats, quality: Floats, single_cost: float, single_quality: float) -> Matched:
    """The same of the hull of (L,) mean costs and qualities, all settings free to be mixed."""
    return matched(*hull(cost, quality), single_cost, single_quality)


def honest(cost: Floats, quality: Floats, single_cost: Floats, single_quality: Floats, seed: int = 0) -> Matched:
    """Settings chosen on half of the prompts, judged on the other half: the median of five halvings, each used both ways.

    (L, n) costs and qualities of the curve, (n,) of the fixed model. The plain figures read a hull of noisy points, which
    is optimistic (see `frontier.honest_aiq`).
    """
    curves = chosen_curves(half_means(cost, seed), half_means(quality, seed))
    singles = half_means(np.stack([single_cost, single_quality]), seed)[1]
    found = [matched(x, y, *single.tolist()) for (x, y), single in zip(curves, singles, strict=True)]
    return Matched(*(_median([getattr(one, name) for one in found]) for name in ("saved", "gained", "nearly")))


def _median(values: list[float]) -> float:
    """Between two middle values, of which one is infinite, that one."""
    low, high = sorted(values)[(len(values) - 1) // 2], sorted(values)[len(values) // 2]
    return (low + high) / 2
