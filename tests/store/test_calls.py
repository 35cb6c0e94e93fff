"""Which calls are told of lately, when each ended, and that shared ones count once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from workbench.events import Attempt, Run
from workbench.store import Row, open_store
from workbench.store.calls import ended
from workbench.store.runs import Origin, run_rows
from workbench.types import Call, Reply, Usage

from .rows import NOW, SPEC, prompt

REPLY = Reply("hi", Usage(1, 1), 0.0, 0.5, 0.25)


def ran(id: str, ago_s: float, *kinds: str, battle: str | None = None) -> list[Row]:
    """A run of calls of half a second each, one after another, that was written so long ago."""
    attempts = [
        Attempt(n, Call("small", prompt().messages), n / 2, n / 2 + 0.5, "hi", None if kind else REPLY, kind, kind)
        for n, kind in enumerate(kinds)
    ]
    made = Run(attempts, latency_s=len(kinds) / 2, finished=True)
    return run_rows(id, made, SPEC, prompt(), Origin("compare", battle), NOW - timedelta(seconds=ago_s))


def told(home: Path, *runs: list[Row], back_s: float = 3600.0, most: int = 100) -> list[tuple[str, float]]:
    with open_store(home) as store:
        for rows in runs:
            asyncio.run(store.append(rows))
        return [(row["kind"], row["ago_s"]) for row in ended(store, NOW, back_s, most)]


def test_the_latest_come_first_each_with_its_own_end(tmp_path: Path) -> None:
    found = told(tmp_path, ran("r1", 10.0, "server", ""), ran("r2", 3.0, "timeout"))
    assert [kind for kind, _ in found] == ["timeout", "", "server"]
    assert [ago for _, ago in found] == pytest.approx([3.0, 10.0, 10.5], abs=0.01)


def test_what_ended_too_long_ago_or_is_beyond_the_newest_is_left_out(tmp_path: Path) -> None:
    runs = [ran("r1", 500.0, "server"), ran("r2", 20.0, ""), ran("r3", 2.0, "timeout")]
    assert [kind for kind, _ in told(tmp_path, *runs, back_s=100.0)] == ["timeout", ""]
    assert [kind for kind, _ in told(tmp_path, most=1)] == ["timeout"]


def test_a_call_that_columns_of_a_battle_shared_counts_once(tmp_path: Path) -> None:
    assert len(told(tmp_path, ran("r1", 5.0, "", battle="b"), ran("r2", 5.0, "", battle="b"), ran("r3", 5.0, ""))) == 2
