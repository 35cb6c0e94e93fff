"""What a replay shows: curves with intervals, reference lines and the figures of every strategy. Plain JSON values.

Costs are USD per 1,000 prompts, qualities 0 to 1. Every estimate is a mean over the judged prompts with its 95 % interval, from
one set of bootstrap resamples of the prompts that all strategies and lines share.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics import bootstrap, calibration, winrate
from workbench.metrics.hull import corners
from workbench.recorded import Floats, Recorded

from .escalations import escalations
from .figures import Figures
from .judged import PER, Judged, best_setting
from .lines import lines
from .replay import Track
from .rerun import SEVERAL
from .specs import titled

BUCKETS = 30
PAIRS = 20
"""Contaminated prompts listed."""


def document(judged: Judged) -> dict[str, Any]:
    """Everything a page, a table or a plot needs to show it."""
    labels = _labels(judged.tracks)
    curves = [curve(judged, index, label) for index, label in enumerate(labels)]
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
    labels = [
        titled(name, track.entrant.params) if names.count(name) > 1 else name
        for track, name in zip(tracks, names, strict=True)
    ]
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
        "categories": {name or "all": n for name, n in sorted(Counter(recorded.categories.tolist()).items())},
        "nominal": any(m.nominal for m in recorded.models),
        "marked": judged.marked,
        "contaminated": _seen(judged.contaminated) if judged.contaminated else None,
    }


def _seen(found: Mapping[str, Any]) -> dict[str, Any]:
    """How many judged prompts have a twin among those learned from, and the likest pairs."""
    pairs = [{name: pair[name] for name in ("query_id", "like", "cosine")} for pair in found["pairs"][:PAIRS]]
    return {**found, "pairs": pairs}


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


def curve(judged: Judged, index: int, label: str) -> dict[str, Any]:
    """One strategy: a point for each setting, and the figures of its curve and of its best point."""
    track, figures = judged.tracks[index], Figures(judged, index)
    best = figures.best
    return {
        "strategy": track.entrant.strategy,
        "label": label,
        "params": dict(track.params),
        "sweep": _swept(track),
        "points": _points(judged, index),
        "hull": corners(track.cost.mean(axis=1), track.quality.mean(axis=1)).tolist(),
        "best": best,
        **figures.as_json(),
        "cascade": escalations(judged, index) if _asks(track) else None,
        "decision_us": None if np.isnan(track.decision_us) else track.decision_us,
        "mix_by_category": _mix(judged.recorded, track.choices[best]),
        "calibration": _calibration(track, best),
        "latency": _latency(judged, track.latency[best]),
        "choices": _packed(track.choices),
    }


def _swept(track: Track) -> dict[str, Any] | None:
    if np.isnan(track.values[0]):
        return None
    asked = track.entrant.sweep
    return {"param": asked.param if asked else "lambda", "values": list(track.values)}


def _points(judged: Judged, index: int) -> list[dict[str, Any]]:
    track, draws = judged.tracks[index], judged.resampled[index]
    return [
        {
            "quality": bootstrap.interval(track.quality[i].mean(), draws.quality[:, i]).as_json(),
            "cost": bootstrap.interval(PER * track.cost[i].mean(), PER * draws.cost[:, i]).as_json(),
            "latency_s": _mean_known(track.latency[i]),
            "calls": float(track.calls[i].mean()),
            "failed": float(track.failed[i].mean()),
        }
        for i in range(len(track.quality))
    ]


def _mean_known(seconds: Floats) -> float | None:
    known = seconds[~np.isnan(seconds)]
    return float(known.mean()) if len(known) else None


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


def _calibration(track: Track, best: int) -> list[dict[str, float]] | None:
    """Predicted and realised quality of the models chosen at the best point."""
    if track.predicted is None:
        return None
    n = np.arange(len(track.predicted))
    found = calibration.bins(track.predicted[n, track.choices[best]], track.quality[best])
    return [
        {"predicted": b.predicted, "realised": b.realised, "low": b.low, "high": b.high, "count": b.count}
        for b in found
    ]


def _latency(judged: Judged, seconds: Floats) -> dict[str, Any] | None:
    """Its distribution, and its mean over all prompts where it is known of all of them."""
    known = seconds[np.isfinite(seconds) & (seconds > 0)]
    if not len(known):
        return None
    low, high = known.min(), max(known.max(), known.min() * 1.01)
    edges = np.geomspace(low, high * (1 + 1e-9), BUCKETS + 1)
    quantiles = {f"p{q}": float(np.quantile(known, q / 100)) for q in (50, 95, 99)}
    mean = None if np.isnan(seconds).any() else bootstrap.mean(seconds, judged.drawn).as_json()
    return {"edges": edges.tolist(), "counts": np.histogram(known, edges)[0].tolist(), "mean": mean, **quantiles}


def _winrate(judged: Judged, labels: Sequence[str]) -> dict[str, Any]:
    best = [track.quality[best_setting(track)] for track in judged.tracks]
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
