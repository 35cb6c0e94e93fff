"""Shares over time: which steps there are, what they add up to, and which change is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.routed import routed, rows
from tests.store.rows import NOW
from workbench.errors import BadInput
from workbench.metrics.proportion import wilson
from workbench.services.routing import MOST, spread
from workbench.store import Row, Store, open_store
from workbench.store.history import Filter


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_store(tmp_path_factory.mktemp("routing")) as opened:
        asyncio.run(opened.append(rows(NOW)))
        yield opened


def of(store: Store, by: str = "model", every: str = "", **wanted: str) -> dict[str, Any]:
    return asyncio.run(spread(store, Filter.parse(wanted), by, every))


def alone(home: Path, made: Sequence[Row], every: str = "") -> dict[str, Any]:
    with open_store(home) as store:
        asyncio.run(store.append(made))
        return of(store, every=every)


def test_counts_of_every_step_add_up_to_the_shares_of_the_span(store: Store) -> None:
    found = of(store)
    assert found["every"] == "day"
    assert len(found["steps"]) == 20
    assert [panel["strategy"] for panel in found["panels"]] == ["random", "semantic", "knn"]
    for panel in found["panels"]:
        assert sum(panel["at"]["runs"]) == panel["runs"] == sum(part["share"]["n"] for part in panel["parts"])
        for part in panel["parts"]:
            share = part["share"]
            assert share["n"] == sum(part["counts"])
            assert (share["low"], share["high"]) == wilson(share["n"], panel["runs"])
        by_step = [sum(counts) for counts in zip(*(part["counts"] for part in panel["parts"]), strict=True)]
        assert by_step == panel["at"]["runs"]


def test_abstaining_and_chance_are_shares_of_all_runs(store: Store) -> None:
    shares = {panel["strategy"]: panel["shares"] for panel in of(store)["panels"]}
    assert shares["random"]["randomised"]["value"] == 1
    assert shares["semantic"]["randomised"]["n"] == 0
    assert 0.02 < shares["semantic"]["abstained"]["value"] < 0.25
    assert shares["knn"]["abstained"]["n"] > 0
    assert shares["random"]["abstained"]["n"] == 0


def test_a_change_that_chance_does_not_explain_is_told_and_others_are_not(store: Store) -> None:
    panels = {panel["strategy"]: panel for panel in of(store)["panels"]}
    change = panels["semantic"]["change"]
    assert change["name"] == "large"
    assert change["before"]["value"] < 0.35 < 0.5 < change["after"]["value"]
    assert panels["random"]["compared"]
    assert panels["random"]["change"] is None


def test_classes_are_counted_as_models_are_and_one_strategy_by_itself(store: Store) -> None:
    found = of(store, "label", strategy="semantic")
    assert [panel["strategy"] for panel in found["panels"]] == ["semantic"]
    assert {part["name"] for part in found["panels"][0]["parts"]} == {"code", "maths", "chat", "writing", "other"}
    assert {one["name"] for one in found["strategies"]} == {"random", "semantic", "knn"}


@pytest.mark.parametrize(
    ("hours", "every", "steps"),
    [(3, "hour", 4), (61, "hour", 62), (62, "day", 4), (24 * 100, "week", 15), (24 * 800, "month", 27)],
)
def test_the_step_follows_the_span(tmp_path: Path, hours: int, every: str, steps: int) -> None:
    made = [*routed("a", "m", NOW), *routed("a", "m", NOW - timedelta(hours=hours))]
    found = alone(tmp_path, made)
    assert (found["every"], len(found["steps"])) == (every, steps)
    begins = [datetime.fromisoformat(at) for at in found["steps"]]
    assert begins == sorted(set(begins))
    assert found["panels"][0]["at"]["runs"][0] == found["panels"][0]["at"]["runs"][-1] == 1


def test_a_step_too_fine_for_the_span_is_refused_with_what_to_do(tmp_path: Path) -> None:
    made = [*routed("a", "m", NOW), *routed("a", "m", NOW - timedelta(hours=MOST + 1))]
    with pytest.raises(BadInput, match="choose a coarser step, or narrow the days down"):
        alone(tmp_path, made, "hour")


def test_too_few_runs_are_not_compared(tmp_path: Path) -> None:
    (panel,) = alone(tmp_path, [*routed("a", "m", NOW), *routed("a", "o", NOW - timedelta(days=3))])["panels"]
    assert (panel["compared"], panel["change"]) == (False, None)


def test_nothing_is_an_empty_answer_and_a_strategy_that_never_ran_too(tmp_path: Path, store: Store) -> None:
    with open_store(tmp_path) as empty:
        assert of(empty) == {"by": "model", "every": "day", "steps": [], "panels": [], "strategies": []}
    found = of(store, strategy="nobody")
    assert found["panels"] == []
    assert len(found["strategies"]) == 3


@pytest.mark.parametrize(("by", "every"), [("text", ""), ("model; drop table runs", ""), ("model", "minute")])
def test_what_cannot_be_counted_by_is_refused(store: Store, by: str, every: str) -> None:
    with pytest.raises(BadInput):
        of(store, by, every)
