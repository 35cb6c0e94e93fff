"""What a replay shows: curves with intervals, reference lines and the figures of every strategy. Plain JSON values.

Costs are USD per 1,000 prompts, qualities 0 to 1. Every estimate is a mean over the judged prompts with its 95 % interval, from
one set of bootstrap resamples of the prompts that all strategies and lines share.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics import arena, bootstrap, calibration, frontier, pgr, reference, winrate
from workbench.metrics.estimate import Estimate
from workbench.metrics.hull import at, corners, hull
from workbench.outcomes import Outcomes
from workbench.recorded import Floats, Recorded

from .replay import Track
from .rerun import SEVERAL

PER = 1000
"""Prompts that a cost is shown for."""
NEARLY = 0.99
"""Share of the best single model's quality that a cost is stated for."""
BUCKETS = 30
TARGETS = (50, 80, 95)


@dataclass(frozen=True)
class Judged:
    """All tracks on the prompts that all of them and every model cover."""

    data: Outcomes
    recorded: Recorded
    """The judged prompts."""
    tracks: Sequence[Track]
    skipped: int
    """Prompts left out: a model has no scored outcome there, or a strategy made a call that is not recorded."""
    train: int
    """Prompts that a strategy could learn from, in each fold."""
    folds: int
    seed: int = 0

    @classmethod
    def of(cls, data: Outcomes, recorded: Recorded, tracks: Sequence[Track], **about: int) -> Judged:
        """`recorded` holds the rows that the tracks judged, in their order. Raises BadInput when none is covered by all."""
        covered = recorded.covered.copy()
        for track in tracks:
            covered &= ~np.isnan(track.quality).any(axis=0)
        kept = np.flatnonzero(covered)
        if not len(kept):
            raise BadInput(
                "these strategies have no prompt in common that all their calls are recorded for: replay them one by one to "
                "see which one lacks what, or record the missing calls"
            )
        return cls(data, recorded.take(kept), [_taken(t, kept) for t in tracks], len(recorded) - len(kept), **about)

    @cached_property
    def drawn(self) -> bootstrap.Weights:
        return bootstrap.weights(len(self.recorded), seed=self.seed)

    @cached_property
    def means(self) -> tuple[Floats, Floats]:
        """Mean cost (USD per prompt) and mean quality of every single model."""
        return self.recorded.cost.mean(axis=0), self.recorded.quality.mean(axis=0)

    @cached_property
    def range(self) -> tuple[float, float]:
        """Mean costs of the cheapest and the dearest single model."""
        cost, _ = self.means
        return float(cost.min()), float(cost.max())

    @cached_property
    def best_single(self) -> Estimate:
        return bootstrap.mean(reference.best_single(self.recorded.quality, self.recorded.cost)[0], self.drawn)


def _taken(track: Track, kept: NDArray[np.intp]) -> Track:
    columns = ("choices", "quality", "cost", "latency", "calls", "failed")
    predicted = None if track.predicted is None else track.predicted[kept]
    return replace(track, predicted=predicted, **{name: getattr(track, name)[:, kept] for name in columns})


def document(judged: Judged) -> dict[str, Any]:
    """Everything a page, a table or a plot needs to show it."""
    labels = _labels(judged.tracks)
    curves = [curve(judged, track, label) for track, label in zip(judged.tracks, labels, strict=True)]
    return {
        "data": _data(judged),
        "models": _models(judged),
        "lines": lines(judged),
        "curves": curves,
        "cells": _cells(judged.recorded),
        "outcome_cells": {
            label: _several(track) for track, label in zip(judged.tracks, labels, strict=True) if _asks(track)
        },
        "winrate": _winrate(judged, labels),
    }


def _labels(tracks: Sequence[Track]) -> list[str]:
    """Names of the strategies; where two are alike, with the parameters that were asked for."""
    names = [t.entrant.strategy for t in tracks]
    labels = []
    for track, name in zip(tracks, names, strict=True):
        given = ", ".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in track.entrant.params.items())
        labels.append(f"{name} ({given})" if names.count(name) > 1 and given else name)
    return [
        f"{label} #{labels[:i].count(label) + 1}" if labels.count(label) > 1 else label
        for i, label in enumerate(labels)
    ]


def _data(judged: Judged) -> dict[str, Any]:
    recorded = judged.recorded
    return {
        "name": judged.data.name,
        "key": judged.data.key,
        "prompts": len(recorded),
        "skipped": judged.skipped,
        "train": judged.train,
        "folds": judged.folds,
        "models": list(recorded.ids),
        "nominal": any(m.nominal for m in recorded.models),
    }


def _models(judged: Judged) -> list[dict[str, Any]]:
    recorded, drawn = judged.recorded, judged.drawn
    return [
        {
            "id": model,
            "quality": bootstrap.mean(recorded.quality[:, col], drawn).as_json(),
            "cost": bootstrap.mean(recorded.cost[:, col] * PER, drawn).as_json(),
        }
        for col, model in enumerate(recorded.ids)
    ]


def lines(judged: Judged) -> list[dict[str, Any]]:
    """The mandatory reference lines: points with intervals, and the curves of the zero router and the oracle."""
    quality, cost = judged.recorded.quality, judged.recorded.cost
    points = {
        "cheapest": reference.cheapest(quality, cost),
        "best single": reference.best_single(quality, cost),
        "round-robin": reference.round_robin(quality, cost),
        "random": reference.random(quality, cost),
        "per-category oracle": reference.category_oracle(quality, cost, judged.recorded.categories),
        "oracle": reference.oracle(quality, cost),
    }
    made = [_line_point(name, line, judged.drawn) for name, line in points.items()]
    spent, reached = frontier.zero_router(*judged.means)
    top, dear = reference.oracle_curve(quality, cost)
    ends = judged.range
    made.insert(4, _line_curve("zero router", spent, reached, ends))
    return [*made, _line_curve("oracle", dear, top, ends)]


def _line_point(name: str, line: reference.Line, drawn: bootstrap.Weights) -> dict[str, Any]:
    quality, cost = bootstrap.mean(line[0], drawn), bootstrap.mean(line[1] * PER, drawn)
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
    }


def _line_curve(name: str, cost: Floats, quality: Floats, ends: tuple[float, float]) -> dict[str, Any]:
    """A hull, drawn to the cost of the dearest model."""
    flat = (np.append(cost, ends[1]), np.append(quality, quality[-1])) if cost[-1] < ends[1] else (cost, quality)
    return {
        "name": name,
        "kind": "curve",
        "cost": (flat[0] * PER).tolist(),
        "quality": flat[1].tolist(),
        "low": None,
        "high": None,
        "aiq": frontier.aiq(cost, quality, *ends) if ends[1] > ends[0] else None,
    }


def curve(judged: Judged, track: Track, label: str) -> dict[str, Any]:
    """One strategy: a point for each setting, and the figures of its curve and of its best point."""
    quality, cost = track.quality.mean(axis=1), track.cost.mean(axis=1)
    best = int(np.lexsort((cost, -quality))[0])
    return {
        "strategy": track.entrant.strategy,
        "label": label,
        "params": dict(track.params),
        "sweep": _swept(track),
        "points": _points(judged, track),
        "hull": corners(cost, quality).tolist(),
        "best": best,
        **_figures(judged, track, best),
        "decision_us": None if np.isnan(track.decision_us) else track.decision_us,
        "mix_by_category": _mix(judged.recorded, track.choices[best]),
        "calibration": _calibration(judged, track, best),
        "latency": _latency(track.latency[best]),
        "choices": _packed(track.choices),
    }


def _swept(track: Track) -> dict[str, Any] | None:
    if np.isnan(track.values[0]):
        return None
    asked = track.entrant.sweep
    return {"param": asked.param if asked else "lambda", "values": list(track.values)}


def _points(judged: Judged, track: Track) -> list[dict[str, Any]]:
    qualities = bootstrap.means(track.quality, judged.drawn)
    costs = bootstrap.means(track.cost, judged.drawn)
    return [
        {
            "quality": bootstrap.interval(track.quality[i].mean(), qualities[:, i]).as_json(),
            "cost": bootstrap.interval(PER * track.cost[i].mean(), PER * costs[:, i]).as_json(),
            "latency_s": _number(
                float(np.nanmean(track.latency[i])) if not np.isnan(track.latency[i]).all() else np.nan
            ),
            "calls": float(track.calls[i].mean()),
            "failed": float(track.failed[i].mean()),
        }
        for i in range(len(track.quality))
    ]


def _figures(judged: Judged, track: Track, best: int) -> dict[str, Any]:
    recorded = judged.recorded
    quality, cost = track.quality.mean(axis=1), track.cost.mean(axis=1)
    nearly = frontier.cost_at_quality(cost, quality, NEARLY * judged.best_single.value)
    return {
        "aiq": _aiq(judged, track),
        **_two_models(judged, track),
        "arena": _arena(judged, track, best),
        "regret": bootstrap.mean(reference.regret(track.quality[best], recorded.quality), judged.drawn).as_json(),
        "gap_closed": _number(reference.gap_closed(track.quality[best], recorded.quality, recorded.cost)),
        "best_quality": float(quality[best]),
        "cost_at_99": None if nearly is None else PER * nearly,
        "saved_at_best_single": _saved(judged, cost, quality),
        "gained_at_same_cost": _gained(judged, cost, quality),
        "above_zero_router": _above(judged, track, best).as_json(),
    }


def _aiq(judged: Judged, track: Track) -> dict[str, float] | None:
    """Settings chosen on half of the prompts and judged on the other; the interval is that of the plain curve, moved there."""
    low, high = judged.range
    if len(track.quality) < 2 or not high > low:
        return None
    plain = frontier.aiq(track.cost.mean(axis=1), track.quality.mean(axis=1), low, high)
    honest = frontier.honest_aiq(track.cost, track.quality, low, high, judged.seed)
    costs, qualities = (bootstrap.means(x, judged.drawn) for x in (track.cost, track.quality))
    draws = bootstrap.curve(costs, qualities, lambda c, q: frontier.aiq(c, q, low, high))
    spread = bootstrap.interval(plain, draws - draws.mean() + honest)
    return {"value": honest, "low": spread.low, "high": spread.high, "plain": plain}


def _two_models(judged: Judged, track: Track) -> dict[str, Any]:
    """APGR and CPT where they are defined: two models, and a prediction for each. The strong one is the better."""
    recorded = judged.recorded
    if track.predicted is None or len(recorded.ids) != 2:
        return {"apgr": None, "cpt": None}
    weak, strong = np.argsort(recorded.quality.mean(axis=0), kind="stable").tolist()
    wanted = track.predicted[:, strong] - track.predicted[:, weak]
    try:
        found = pgr.recovered(wanted, recorded.quality[:, weak], recorded.quality[:, strong])
    except BadInput as refusal:
        return {"apgr": None, "cpt": None, "note": str(refusal)}
    draws = [_apgr_of(wanted, recorded.quality[:, weak], recorded.quality[:, strong], w) for w in judged.drawn[:200]]
    return {
        "apgr": bootstrap.interval(pgr.apgr(found), np.array(draws)).as_json(),
        "cpt": {str(t): pgr.cpt(found, t / 100) for t in TARGETS},
    }


def _apgr_of(wanted: Floats, weak: Floats, strong: Floats, drawn: NDArray[np.float32]) -> float:
    rows = np.repeat(np.arange(len(drawn)), drawn.astype(int))
    try:
        return pgr.apgr(pgr.recovered(wanted[rows], weak[rows], strong[rows]))
    except BadInput:  # a resample without a clear gap has no APGR
        return float("nan")


def _arena(judged: Judged, track: Track, best: int) -> dict[str, float]:
    """At the setting with the largest score."""
    costs, qualities = track.cost.mean(axis=1) * PER, track.quality.mean(axis=1)
    scores = [arena.score(q, c) for q, c in zip(qualities.tolist(), costs.tolist(), strict=True)]
    top = int(np.argmax(scores))
    drawn = (bootstrap.means(x[top][None], judged.drawn)[:, 0] for x in (track.quality, track.cost))
    draws = np.array([arena.score(q, c * PER) for q, c in zip(*drawn, strict=True)])
    return bootstrap.interval(scores[top], draws).as_json() | {"at": float(top)}


def _saved(judged: Judged, cost: Floats, quality: Floats) -> float | None:
    """Share of the best single model's cost that is saved at its own quality; None where the curve never reaches it."""
    line = reference.best_single(judged.recorded.quality, judged.recorded.cost)
    reached = frontier.cost_at_quality(cost, quality, float(line[0].mean()))
    whole = float(line[1].mean())
    return None if reached is None or not whole else 1 - reached / whole


def _gained(judged: Judged, cost: Floats, quality: Floats) -> float | None:
    """Quality above the best single model's at its own cost."""
    line = reference.best_single(judged.recorded.quality, judged.recorded.cost)
    reached = frontier.quality_at_cost(cost, quality, float(line[1].mean()))
    return None if reached is None else reached - float(line[0].mean())


def _above(judged: Judged, track: Track, best: int) -> Estimate:
    """Quality above mixing single models at the same cost, at the best point."""
    x, y = hull(*judged.means)
    spent = max(float(track.cost[best].mean()), float(x[0]))
    mixed = at(spent, x, y)
    quality = bootstrap.mean(track.quality[best], judged.drawn)
    return Estimate(quality.value - float(mixed), quality.low - float(mixed), quality.high - float(mixed))


def _mix(recorded: Recorded, chosen: NDArray[np.uint8]) -> dict[str, dict[str, float]]:
    """Share of each model among the answers, in each category."""
    found = {}
    for category in sorted(set(recorded.categories.tolist())):
        some = chosen[recorded.categories == category]
        counts = np.bincount(some[some != SEVERAL], minlength=len(recorded.ids))
        shares = {model: count / len(some) for model, count in zip(recorded.ids, counts.tolist(), strict=True) if count}
        if (some == SEVERAL).any():
            shares["no single model"] = float((some == SEVERAL).mean())
        found[category or "all"] = shares
    return found


def _calibration(judged: Judged, track: Track, best: int) -> list[dict[str, float]] | None:
    """Predicted and realised quality of the models chosen at the best point."""
    if track.predicted is None:
        return None
    n = np.arange(len(track.predicted))
    found = calibration.bins(track.predicted[n, track.choices[best]], track.quality[best])
    return [
        {"predicted": b.predicted, "realised": b.realised, "low": b.low, "high": b.high, "count": b.count}
        for b in found
    ]


def _latency(seconds: Floats) -> dict[str, Any] | None:
    known = seconds[np.isfinite(seconds) & (seconds > 0)]
    if not len(known):
        return None
    low, high = known.min(), max(known.max(), known.min() * 1.01)
    edges = np.geomspace(low, high * (1 + 1e-9), BUCKETS + 1)
    quantiles = {f"p{q}": float(np.quantile(known, q / 100)) for q in (50, 95, 99)}
    return {"edges": edges.tolist(), "counts": np.histogram(known, edges)[0].tolist(), **quantiles}


def _winrate(judged: Judged, labels: Sequence[str]) -> dict[str, Any]:
    best = [t.quality[int(np.lexsort((t.cost.mean(axis=1), -t.quality.mean(axis=1)))[0])] for t in judged.tracks]
    return {"labels": list(labels), "share": winrate.shares(np.array(best)).tolist()}


def _asks(track: Track) -> bool:
    return bool((track.calls != 1).any())


def _several(track: Track) -> Mapping[str, str]:
    return {name: _packed(getattr(track, name).astype("<f4")) for name in ("quality", "cost")}


def _cells(recorded: Recorded) -> dict[str, Any]:
    names = sorted(set(recorded.categories.tolist()))
    category = np.searchsorted(np.array(names, dtype=str), recorded.categories.astype(str))
    return {
        "quality": _packed(recorded.quality.astype("<f4")),
        "cost": _packed(recorded.cost.astype("<f4")),
        "category": _packed(category.astype("<u2")),
        "categories": names,
    }


def _packed(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if np.isnan(value) else float(value)
