"""A strategy that walks in columns does what it does call by call: on every prompt, for every setting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.fitted import STRATEGIES, outcomes, ready
from workbench.cascading import Answers, Stepwise
from workbench.recorded import Recorded
from workbench.services.folds import folds
from workbench.services.replay import Entrant, Sweep, Track, track
from workbench.services.rerun import SEVERAL, rerun

NAMES = [name for name in STRATEGIES.names() if issubclass(STRATEGIES.load(name), Stepwise)]
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "cascade": [
        *({"lambda": x} for x in (0.0, 0.05, 0.5, 1.0)),
        {"aim": "match"},
        {"aim": "guarantee", "alpha": 0.3, "delta": 0.2},
        *({"aim": "budget", "budget": x} for x in (0.002, 0.005, 0.02)),
        {"acceptor": "naive", "threshold": -0.5},
    ],
    "cascade_routing": [{"lambda": x, "calls": n} for x in (0.0, 0.05, 0.5, 1.0) for n in (1, 2, 3)],
}
CASES = [(name, params) for name in NAMES for params in SETTINGS.get(name, [{}])]


def test_both_cascades_are_stepwise() -> None:
    assert set(NAMES) >= {"cascade", "cascade_routing"}


@pytest.mark.parametrize(("name", "params"), CASES, ids=str)
def test_walking_in_columns_is_running_call_by_call(name: str, params: dict[str, Any]) -> None:
    strategy, held = ready(name, params), outcomes().take(slice(0, 25))
    assert isinstance(strategy, Stepwise)
    walk = strategy.walk(strategy.survey(held.prompts, Answers.of(held)))
    ran = rerun(strategy, held)
    assert (walk.chosen == ran.choices).all()
    assert (walk.asked.sum(axis=1) == ran.calls).all()
    assert np.where(walk.asked, held.cost, 0).sum(axis=1) == pytest.approx(ran.cost)


def replayed(name: str, params: dict[str, Any], recorded: Recorded, sweep: Sweep | None = None) -> Track:
    return track(STRATEGIES, Entrant(name, params, sweep), recorded, folds(recorded, 4))


@pytest.mark.parametrize("name", NAMES)
def test_prompts_with_a_failed_call_are_run_call_by_call(name: str) -> None:
    held = outcomes()
    held.errors[3, 0], held.quality[3, 0] = "server: 500", 0.0
    try:
        found = replayed(name, {}, held, Sweep("lambda", 0.05, 0.05, 1))
    finally:
        outcomes.cache_clear()
    assert found.choices[0, 3] != 0
    assert found.calls[0, 3] >= 1
    assert found.failed[0, 3] == 0


def test_without_a_log_probability_the_naive_check_is_not_guessed() -> None:
    held = outcomes()
    held.logprob[5, 0] = np.nan
    try:
        found = replayed("cascade", {"acceptor": "naive"}, held, Sweep("threshold", -1.0, -0.5, 2))
    finally:
        outcomes.cache_clear()
    assert np.isnan(found.quality[:, 5]).all()
    assert (found.choices[:, 5] == SEVERAL).all()
    assert not np.isnan(np.delete(found.quality, 5, axis=1)).any()


@pytest.mark.parametrize("name", NAMES)
def test_every_lambda_is_swept_where_nothing_else_is_asked_for(name: str) -> None:
    found = replayed(name, {}, outcomes())
    assert found.choices.shape == (101, len(outcomes()))
    assert found.cost[-1].mean() < found.cost[0].mean()
