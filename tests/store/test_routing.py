"""What is counted of routes: by strategy, step and part, of runs that may be shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.routed import routed
from workbench.decisions import OTHER, UNFAMILIAR
from workbench.store import Row, Store, open_store
from workbench.store.history import Filter
from workbench.store.routing import PARTS, counted, ran

from .battles import ballot, comparison
from .rows import NOW


def told(store: Store, by: Any = "model", every: Any = "day", strategies: Sequence[str] = ("a",), **wanted: str) -> Any:
    rows = asyncio.run(counted(store, Filter.parse(wanted), strategies, by, every))
    return [(row["step"][:13], row["part"], row["runs"]) for row in rows]


def kept(home: Path, rows: Sequence[Row]) -> Store:
    store = open_store(home)
    asyncio.run(store.append(rows))
    return store


def test_runs_are_counted_by_step_and_part(tmp_path: Path) -> None:
    rows = [
        *routed("a", "small", NOW, n=0),
        *routed("a", "small", NOW, n=1),
        *routed("a", "large", NOW + timedelta(minutes=59)),
        *routed("a", "large", NOW + timedelta(days=1)),
        *routed("b", "large", NOW),
    ]
    with kept(tmp_path, rows) as store:
        assert told(store) == [
            ("2026-11-20T00", "small", 2),
            ("2026-11-20T00", "large", 1),
            ("2026-11-21T00", "large", 1),
        ]
        assert [at for at, _, _ in told(store, every="hour")] == ["2026-11-20T12", "2026-11-20T12", "2026-11-21T12"]
        assert {at for at, _, _ in told(store, every="week")} == {"2026-11-16T00"}
        assert told(store, every="month", until="2026-11-20") == [
            ("2026-11-01T00", "small", 2),
            ("2026-11-01T00", "large", 1),
        ]
        assert [(one["strategy"], one["runs"]) for one in asyncio.run(ran(store, Filter()))] == [("a", 4), ("b", 1)]


def test_abstaining_chance_and_failure_are_counted_beside(tmp_path: Path) -> None:
    rows = [
        *routed("a", "small", NOW, OTHER, n=0),
        *routed("a", "small", NOW, UNFAMILIAR, n=1),
        *routed("a", "small", NOW, "code", propensity=0.5, n=2),
        *routed("a", "small", NOW, "code", error="it broke", n=3),
        *routed("a", "small", NOW, "code", error="stopped", n=4),
    ]
    with kept(tmp_path, rows) as store:
        found = asyncio.run(counted(store, Filter(), ["a"], "label", "day"))
        sums = {name: sum(row[name] for row in found) for name in ("runs", "abstained", "randomised", "failed")}
        assert sums == {"runs": 5, "abstained": 2, "randomised": 1, "failed": 1}
        assert told(store, "model") == [("2026-11-20T00", "small", 3), ("2026-11-20T00", "", 2)]


def test_the_rarer_parts_are_one_and_no_part_is_none_of_them(tmp_path: Path) -> None:
    labels = [f"class {i:02}" for i in range(PARTS + 3)]
    rows = [
        row
        for i, label in enumerate(labels)
        for n in range(20 - i)
        for row in routed("a", "m", NOW, label, n=100 * i + n)
    ]
    rows += [row for n in range(40) for row in routed("a", "m", NOW, n=5000 + n)]
    with kept(tmp_path, rows) as store:
        found = {part: n for _, part, n in told(store, "label")}
    assert found == {"": 40, None: 12 + 11 + 10} | {label: 20 - i for i, label in enumerate(labels[:PARTS])}


@pytest.mark.parametrize("choice", ["", "A"])
def test_sealed_battles_are_counted_once_they_are_voted_on(tmp_path: Path, choice: str) -> None:
    rows = [*comparison("c"), *([ballot("c-0", choice)] if choice else [])]
    with kept(tmp_path, rows) as store:
        assert told(store, strategies=["fixed"]) == ([("2026-11-20T00", "small", 1)] if choice else [])
        assert len(asyncio.run(ran(store, Filter()))) == (2 if choice else 0)


def test_names_from_outside_are_never_sql(tmp_path: Path) -> None:
    with kept(tmp_path, routed("a'; drop table runs; --", "m'", NOW, "l'")) as store:
        assert told(store, strategies=["a'; drop table runs; --"]) == [("2026-11-20T00", "m'", 1)]
        assert told(store, strategies=["' or true --"], category="' or true --") == []
