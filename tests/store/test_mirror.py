"""What a mirror reads of an experiment, and what it remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench.store import Row, Store, mirror
from workbench.store.runs import specs_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as opened:
        asyncio.run(opened.append([*experiment(), *battle("open", blind=False), *battle("shut", blind=True)]))
        yield opened


def experiment() -> list[Row]:
    about = {"id": "e1", "kind": "compare", "specs": ["k2", "k1"], "settings": {"system": "s"}, "created_at": NOON}
    empty = {"id": "e0", "kind": "compare", "specs": [], "settings": {}, "created_at": NOON}
    blank = {"params": {"n": 1}, "pool": ["m"], "prices": {"m": [1, 2]}, "created_at": NOON}
    specs = [("specs", {"key": k, "strategy": f"s{k}", **blank}) for k in ("k1", "k2")]
    return [("experiments", about), ("experiments", empty), *specs]


def battle(key: str, *, blind: bool) -> list[Row]:
    about = {
        "id": key, "comparison_id": f"c-{key}", "turn": 0, "experiment_id": "e1", "prompt_key": "p", "blind": blind,
        "columns": [{"letter": "A"}, {"letter": "B"}], "created_at": NOON,
    }  # fmt: skip
    return [("battles", about), *run(f"r-{key}", battle_id=key)]


def run(key: str, **given: Any) -> list[Row]:
    about = {
        "id": key, "experiment_id": "e1", "letter": "A", "spec_key": "k1", "prompt_key": "p", "strategy": "sk1",
        "text": "said", "created_at": NOON,
    }  # fmt: skip
    route = {"run_id": key, "model": "m", "features": {}, "thresholds": {}, "scores": {"m": 0.5}, "propensity": 0.5}
    decisions: list[Row] = [("decisions", {**route, "n": n, "why": why}) for n, why in enumerate(("draft", "final"))]
    prompt = {"key": "p", "text": "asked", "messages": [], "created_at": NOON}
    return [("prompts", prompt), ("runs", {**about, **given}), *decisions]


def vote(key: str) -> Row:
    about = {
        "id": f"v-{key}", "battle_id": key, "comparison_id": f"c-{key}", "experiment_id": "e1", "kind": "vote",
        "choice": "A", "winners": ["r"], "losers": [], "tags": ["clear"], "blind": True, "created_at": LATER,
    }  # fmt: skip
    return ("votes", about)


def test_experiments_without_runs_are_not_listed(store: Store) -> None:
    assert [e["id"] for e in asyncio.run(mirror.experiments(store))] == ["e1"]


@pytest.mark.parametrize(("named", "found"), [("e1", ["e1"]), ("c-shut", ["e1"]), ("e0", []), ("nope", [])])
def test_an_experiment_is_named_by_its_id_or_a_comparisons(store: Store, named: str, found: list[str]) -> None:
    assert [e["id"] for e in asyncio.run(mirror.experiments(store, named))] == found


def test_specs_come_in_the_order_asked_for_with_json_opened(store: Store) -> None:
    specs = asyncio.run(specs_of(store, ["k2", "gone", "k1"]))
    assert [s["key"] for s in specs] == ["k2", "k1"]
    assert specs[0]["prices"] == {"m": [1, 2]}


def test_a_sealed_battles_runs_are_not_read_until_the_vote(store: Store) -> None:
    before = asyncio.run(mirror.runs(store, "e1", "d")), asyncio.run(mirror.sealed(store, "e1"))
    asyncio.run(store.append([vote("shut")]))
    after = asyncio.run(mirror.runs(store, "e1", "d")), asyncio.run(mirror.sealed(store, "e1"))
    assert ([r["run_id"] for r in before[0]], before[1]) == (["r-open"], 1)
    assert ([r["run_id"] for r in after[0]], after[1]) == (["r-open", "r-shut"], 0)


def test_a_run_comes_with_its_prompt_and_its_last_route(store: Store) -> None:
    [row] = asyncio.run(mirror.runs(store, "e1", "d"))
    expected = {"prompt": "asked", "why": "final", "propensity": 0.5, "scores": {"m": 0.5}, "columns": 2, "begun": NOON}
    assert {key: row[key] for key in expected} == expected


def test_a_run_outside_any_battle_is_its_own(store: Store) -> None:
    asyncio.run(store.append(run("alone", letter="", created_at=LATER)))
    row = asyncio.run(mirror.runs(store, "e1", "d"))[-1]
    assert (row["battle_id"], row["columns"], row["begun"]) == ("alone", 1, LATER)


def test_what_went_is_marked_for_its_destination_and_comes_without_words(store: Store) -> None:
    went = {"run": ["r-open"], "vote": ["v-open"], "battle": ["open"]}
    asyncio.run(store.append([vote("open")]))
    asyncio.run(mirror.remember(store, "d", "e1", went, "folder-1", LATER))
    [here], [elsewhere] = (asyncio.run(mirror.runs(store, "e1", d)) for d in ("d", "other"))
    assert (here["sent_at"], here["text"], here["prompt"]) == (LATER, None, None)
    assert (elsewhere["sent_at"], elsewhere["text"]) == (None, "said")
    assert [v["sent_at"] for v in asyncio.run(mirror.votes(store, "e1", "d"))] == [LATER]
    assert asyncio.run(mirror.folders(store, "d")) == [("folder-1", "e1")]
    assert asyncio.run(mirror.folders(store, "other")) == []


def test_one_at_a_time_has_the_right_to_mirror(tmp_path: Path) -> None:
    first = mirror.alone(tmp_path)
    assert first is not None
    assert mirror.alone(tmp_path) is None
    first.release()
    second = mirror.alone(tmp_path)
    assert second is not None
    second.release()
