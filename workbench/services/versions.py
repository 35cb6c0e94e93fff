"""What a job has fitted, version by version: from what, how far the weights moved, and what going back would change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from workbench.errors import BadInput

from .refit import Refits

Weights = Mapping[str, Mapping[str, float]]
"""By category ('' for all prompts): each model's weight."""


def learned(refits: Refits) -> list[dict[str, Any]]:
    """Of every strategy that a job fits anew: {name, refit_days, due, version, versions, changes}.

    `version` is the one in force, None before the first fit; `versions` are {version, data, prompts, weights, problem}; `changes` is
    the history, the latest first, each with `step`, the largest move of a weight against the version that was in force before.
    """
    return [_learned(refits, name) for name in refits.strategies.scheduled()]


def _learned(refits: Refits, name: str) -> dict[str, Any]:
    told = refits.history(name)
    days = refits.strategies.load(name).refit_days
    due = datetime.fromisoformat(told[-1]["at"]) + timedelta(days=days or 0) if told else None
    versions = {number: _version(refits, name, number) for number in sorted({line["version"] for line in told})}
    return {
        "name": name,
        "refit_days": days,
        "due": due.isoformat() if due else None,
        "version": told[-1]["version"] if told else None,
        "versions": [{"version": number, **made} for number, made in versions.items()],
        "changes": [line | {"step": _step(versions, line)} for line in reversed(told)],
    }


def _version(refits: Refits, name: str, number: int) -> dict[str, Any]:
    """What one version knows; a file that is gone or broken says so, and hides no other."""
    try:
        about, weights = refits.about(name, number), _weights(refits.build(name, number).state())
    except BadInput as error:
        return {"data": [], "prompts": None, "weights": {}, "problem": str(error)}
    data = about.get("data", [])
    problem = None if weights else "its file is gone"
    names = [data] if isinstance(data, str) else data
    return {"data": names, "prompts": about.get("prompts"), "weights": weights, "problem": problem}


def _weights(state: Mapping[str, Any]) -> Weights:
    """Of a state with models and weights, such as judge_weighted's; {} for others."""
    models = state.get("models", ())
    rows = {"": state.get("overall", ()), **state.get("categories", {})}
    return (
        {category: dict(zip(models, np.asarray(row, float).tolist(), strict=True)) for category, row in rows.items()}
        if len(models)
        else {}
    )


def _step(versions: Mapping[int, Mapping[str, Any]], line: Mapping[str, Any]) -> float | None:
    """None for a first fit, and where one of the two cannot be read."""
    if line["from"] is None:
        return None
    before, after = (versions[number]["weights"] for number in (line["from"], line["version"]))
    moves = [
        abs(weight - _of(before, category).get(model, 0.0))
        for category, row in after.items()
        for model, weight in row.items()
    ]
    return max(moves, default=None) if before else None


def _of(weights: Weights, category: str) -> Mapping[str, float]:
    """A category without weights of its own goes by those over all prompts."""
    return weights.get(category) or weights.get("", {})
