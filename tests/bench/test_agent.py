"""The comparison of per-step routing with one model for all steps, on scripted models: every figure follows from the runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.pool import Pool, model
from workbench.bench.agent import PER_STEP, contest, measure
from workbench.errors import BadInput

MODELS = (model("small", 0.1, text="reasoning: look\nreasoning: think"), model("big", 10.0, text="answer: now"))


def test_every_entrant_meets_the_same_tasks_and_is_counted() -> None:
    found = asyncio.run(contest(MODELS, Pool(MODELS), 3))
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
    assert found["right more often than"]["small alone"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_plans_that_cannot_be_read_and_errors_are_counted() -> None:
    lost = (model("small", 0.1, text="Hm."), model("big", 10.0, fault="500"))
    entrants = asyncio.run(contest(lost, Pool(lost), 2))["entrants"]
    assert entrants["agent, small for all steps"]["plans not readable"] == 2
    assert entrants["big alone"]["ended in an error"] == 2


def test_without_local_models_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="workbench models pull"):
        measure({"WORKBENCH_HOME": str(tmp_path), "WORKBENCH_CACHE": str(tmp_path)}, tasks=1)
