"""The reference lines of a replay: what needs no router and what no router can pass. Always shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.metrics import arena, bootstrap, frontier, reference
from workbench.recorded import Floats

from .judged import PER, Judged

STEPS = 60
"""Points that a curve is drawn through beside its corners."""


def lines(judged: Judged) -> list[dict[str, Any]]:
    """Points with intervals, and the curves of the zero router and the oracle with their AIQ. Costs per 1,000 prompts."""
    quality, cost = judged.recorded.quality, judged.recorded.cost
    points = {
        "cheapest": reference.cheapest(quality, cost),
        "best single": reference.best_single(quality, cost),
        "round-robin": reference.round_robin(quality, cost),
        "random": reference.random(quality, cost),
        "per-category oracle": reference.category_oracle(quality, cost, judged.recorded.categories),
        "oracle": reference.oracle(quality, cost),
    }
    made = [_point(name, line, judged.drawn) for name, line in points.items()]
    spent, reached = frontier.zero_router(*judged.means)
    top, dear = reference.oracle_curve(quality, cost)
    made.insert(4, _curve("zero router", spent, reached, judged))
    return [*made, _curve("oracle", dear, top, judged)]


def _point(name: str, line: reference.Line, drawn: bootstrap.Weights) -> dict[str, Any]:
    quality, cost = bootstrap.mean(line[0], drawn), bootstrap.mean(line[1] * PER, drawn)
    scores = arena.scores(*(bootstrap.means(x[None, :], drawn)[:, 0] for x in (line[0], line[1] * PER)))
    return {
        "name": name,
        "kind": "point",
        "cost": [cost.value],
        "quality": [quality.value],
        "low": [quality.low],
        "high": [quality.high],
        "cost_low": [cost.low],
        "cost_high": [cost.high],
        "score": arena.score(quality.value, cost.value),
        "arena": bootstrap.interval(arena.score(quality.value, cost.value), scores).as_json(),
    }


def _curve(name: str, cost: Floats, quality: Floats, judged: Judged) -> dict[str, Any]:
    """A hull, drawn to the cost of the dearest model."""
    low, high = judged.range
    drawn = dense(cost, high)
    return {
        "name": name,
        "kind": "curve",
        "cost": (drawn * PER).tolist(),
        "quality": np.interp(drawn, cost, quality).tolist(),
        "low": None,
        "high": None,
        "aiq": frontier.aiq(cost, quality, low, high) if high > low else None,
    }


def dense(cost: Floats, high: float) -> Floats:
    """A hull's costs with more between them: mixing two points is straight in cost, so it bends where costs are on a log axis."""
    if not 0 < cost[0] < high:
        return np.unique([*cost, max(high, cost[-1])])
    return np.unique([*cost, *np.geomspace(cost[0], max(high, cost[-1]), STEPS)])
