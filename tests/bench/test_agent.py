"""The comparison of per-step routing with one model for all steps, on scripted models: every figure follows from the runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.pool import Pool, model
from workbench import suite
from workbench.bench.agent import PER_STEP, contest, gain, measure
from workbench.errors import BadInput
from workbench.types import Case, Model

MODELS = (model("small", 0.1, text="reasoning: look\nreasoning: think"), model("big", 10.0, text="answer: now"))


def cases(models: tuple[Model, ...], n: int) -> list[Case]:
    return list(suite.load("steps").cases(models))[:n]


def test_every_entrant_meets_the_same_tasks_and_is_counted() -> None:
    found = asyncio.run(contest(cases(MODELS, 3), MODELS, Pool(MODELS)))
    assert found["tasks"] == 3
    entrants = found["entrants"]
    assert list(entrants) == [
        PER_STEP,
        "agent, small for all steps",
        "agent, big for all steps",
        "small alone",
        "big alone",
    ]
    assert [entrants[name]["calls"] for name in list(entrants)[1:]] == [4.0, 2.0, 1.0, 1.0]
    assert entrants["small alone"]["cost_usd"] < entrants["agent, small for all steps"]["cost_usd"]
    for figures in entrants.values():
        assert figures["right"]["value"] == 0.0
        assert figures["right"]["high"] > 0.4  # three tasks prove little, and the interval says so
        assert figures["ended in an error"] == figures["plans not readable"] == 0
    assert list(found["right more often than"]) == list(entrants)[1:]


def test_what_choosing_gains_is_counted_by_the_task_and_is_unsure_where_nothing_differed() -> None:
    even = gain([1.0, 0.0] * 4, [1.0, 0.0] * 4)
    assert (even["value"], even["tasks won"], even["tasks lost"]) == (0.0, 0, 0)
    assert even["low"] < -0.2 < 0.2 < even["high"]
    ahead = gain([1.0] * 30 + [0.0] * 2, [0.0] * 30 + [1.0] * 2)
    assert (ahead["value"], ahead["tasks won"], ahead["tasks lost"]) == (0.875, 30, 2)
    assert ahead["low"] > 0.3


def test_plans_that_cannot_be_read_and_errors_are_counted() -> None:
    lost = (model("small", 0.1, text="Hm."), model("big", 10.0, fault="500"))
    entrants = asyncio.run(contest(cases(lost, 2), lost, Pool(lost)))["entrants"]
    assert entrants["agent, small for all steps"]["plans not readable"] == 2
    assert entrants["big alone"]["ended in an error"] == 2


def test_without_local_models_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="workbench models pull"):
        measure({"WORKBENCH_HOME": str(tmp_path), "WORKBENCH_CACHE": str(tmp_path)}, tasks=1)
