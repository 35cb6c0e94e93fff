"""What if only one strategy, or one model, had answered? From an experiment's logged probabilities, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics.offpolicy import Log, cross_fitted, evaluate

from .comparisons import Setup

Row = Mapping[str, Any]
FEWEST = 10
"""Rounds below which nothing is tried."""


def answers(setup: Setup, rows: Sequence[Row], pools: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """One answer a question: every strategy, where strategies were drawn; every model, where a strategy draws models.

    `pools`: the candidate models of every arm.
    """
    found = _strategies(setup, rows) if setup.assign != "paired" else []
    for arm, label in enumerate(setup.labels):
        own = [row for row in rows if row["arm"] == arm and row["choices"] == 1]
        if any(row["route_propensity"] < 1 for row in own):
            found += _models(label, own, pools[arm])
            found += _others(setup, rows, arm, own, pools[arm])
    return found


def _strategies(setup: Setup, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What if only this strategy had run: actions are strategies, drawn with their shares."""
    rounds = _rounds(setup, rows)
    actions = np.array([row["arm"] for row in rounds], dtype=np.intp)
    log = _log(rounds, actions, "propensity")
    k = len(setup.labels)
    return [
        {"question": f"only {label} had run", "from": "strategies drawn by their shares"}
        | _valued(log, np.tile(np.eye(k)[arm], (len(rounds), 1)), rounds, k)
        for arm, label in enumerate(setup.labels)
    ]


def _rounds(setup: Setup, rows: Sequence[Row]) -> list[Row]:
    """Rows, or users' means where users were drawn."""
    if setup.assign != "user":
        return list(rows)
    users: dict[str, list[Row]] = {}
    for row in rows:
        users.setdefault(row["unit"], []).append(row)
    return [
        {**own[0], "quality": float(np.mean([r["quality"] for r in own])), "category": ""} for own in users.values()
    ]


def _models(label: str, own: Sequence[Row], pool: Sequence[str]) -> list[dict[str, Any]]:
    """What if one model had answered all: actions are models, drawn by a randomised strategy."""
    actions = np.array([list(pool).index(row["routed"]) for row in own], dtype=np.intp)
    log = _log(own, actions, "route_propensity")
    return [
        {"question": f"only {model} had answered", "from": f"the draws of {label}"}
        | _valued(log, np.tile(np.eye(len(pool))[at], (len(own), 1)), own, len(pool), _offered(own, pool))
        for at, model in enumerate(pool)
    ]


def _others(
    setup: Setup, rows: Sequence[Row], arm: int, own: Sequence[Row], pool: Sequence[str]
) -> list[dict[str, Any]]:
    """What if a router whose choice for the same prompts is known had chosen: only where every strategy answered them."""
    if setup.assign != "paired":
        return []
    actions = np.array([list(pool).index(row["routed"]) for row in own], dtype=np.intp)
    log, found = _log(own, actions, "route_propensity"), []
    for other, label in enumerate(setup.labels):
        chosen = {row["n"]: row for row in rows if row["arm"] == other and row["choices"] == 1}
        known = all(row["n"] in chosen and chosen[row["n"]]["route_propensity"] == 1 for row in own)
        if other == arm or not known:
            continue
        models = [chosen[row["n"]]["routed"] for row in own]
        if len(set(models)) == 1:  # asked above as that model
            continue
        target = np.eye(len(pool))[[list(pool).index(model) for model in models]]
        about = {"question": f"only {label} had chosen the models", "from": f"the draws of {setup.labels[arm]}"}
        found.append(about | _valued(log, target, own, len(pool), _offered(own, pool)))
    return found


def _log(rounds: Sequence[Row], actions: NDArray[np.intp], propensity: str) -> Log:
    rewards, drawn = (np.array([row[name] for row in rounds], dtype=float) for name in ("quality", propensity))
    units = {unit: at for at, unit in enumerate(dict.fromkeys(row["unit"] for row in rounds))}
    together = np.array([units[row["unit"]] for row in rounds], dtype=np.intp) if len(units) < len(rounds) else None
    return Log(actions, rewards, drawn, together)


def _offered(own: Sequence[Row], pool: Sequence[str]) -> NDArray[np.bool_]:
    """(n, m): the models that could have been drawn: every candidate that was scored, or the one that was sure."""
    drawn = [set(row["candidates"] or ()) if row["route_propensity"] < 1 else {row["routed"]} for row in own]
    return np.array([[model in models for model in pool] for models in drawn])


def _valued(
    log: Log, target: NDArray[np.float64], rounds: Sequence[Row], k: int, offered: NDArray[np.bool_] | None = None
) -> dict[str, Any]:
    """The three estimators, or why there are none."""
    blank = {"n": len(log), "ips": None, "snips": None, "doubly_robust": None, "effective": None, "warning": ""}
    if len(log) < FEWEST:
        return blank | {"refusal": f"there are {len(log)} rounds, and below {FEWEST} nothing can be said"}
    names = sorted({row["category"] for row in rounds})
    groups = np.array([names.index(row["category"]) for row in rounds], dtype=np.intp)
    try:
        value = evaluate(log, target, cross_fitted(log, groups, k), offered)
    except BadInput as refusal:
        return blank | {"refusal": str(refusal)}
    estimates = {name: getattr(value, name).as_json() for name in ("ips", "snips", "doubly_robust")}
    return blank | estimates | {"effective": value.effective, "warning": value.warning, "refusal": ""}
