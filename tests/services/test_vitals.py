from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk import settings
from tests.store.rows import NOW, SPEC, prompt
from workbench import health
from workbench.catalog import Catalog
from workbench.events import Attempt, Run
from workbench.health import Health
from workbench.services.pool import Pool
from workbench.services.vitals import recall, restore
from workbench.settings import Settings
from workbench.store import Row, open_store
from workbench.store.runs import Origin, run_rows
from workbench.types import Call, Reply, Usage

MODELS = """
[[models]]
id = "small"
provider = "scripted"
options = { breaker = { failures = 3, open_s = 10 } }
"""
ASKED = Origin("ask")
TOLD = {"": "", "server": "down", "auth": "no key", "stopped": "stopped"}


def rows(id: str, ago_s: float, *kinds: str, model: str = "small", origin: Origin = ASKED) -> list[Row]:
    """One run of calls of half a second each, the last of which ended so long ago."""
    reply = Reply("hi", Usage(1, 1), 0.0, 0.5, 0.25)
    attempts = [
        Attempt(n, Call(model, prompt().messages), n / 2, n / 2 + 0.5, "hi", None if kind else reply, TOLD[kind], kind)
        for n, kind in enumerate(kinds)
    ]
    made = Run(attempts, latency_s=len(kinds) / 2, finished=True)
    return run_rows(id, made, SPEC, prompt(), origin, NOW - timedelta(seconds=ago_s))


def restored(home: Path, *told: list[Row]) -> Pool:
    path = home / "some.toml"
    path.write_text(MODELS, encoding="utf-8")
    pool = Pool(Catalog.load([path], {}), settings(home))
    with open_store(home) as store:
        for row in told:
            asyncio.run(store.append(row))
        restore(store, pool, NOW)
    return pool


def test_calls_of_the_store_count_by_how_long_ago_they_ended(tmp_path: Path) -> None:
    vitals = restored(tmp_path, rows("r1", 600.0, "server", ""), rows("r2", 0.0, "")).health.of("small")
    assert vitals.calls == pytest.approx(0.5 + 0.5 + 1, abs=0.01)
    assert vitals.error_rate == pytest.approx(0.25, abs=0.01)
    assert vitals.latency_s == pytest.approx(0.5)
    assert vitals.ttft_s == pytest.approx(0.25)


def test_a_breaker_is_where_the_calls_of_the_store_brought_it(tmp_path: Path) -> None:
    pool = restored(tmp_path, rows("r1", 4.0, "server", "server", "server"))
    standing = pool.health.of("small").standing
    assert standing.state == "open"
    assert standing.retry_in_s == pytest.approx(6.0, abs=0.5)


def test_a_probe_that_succeeded_closed_it_again(tmp_path: Path) -> None:
    pool = restored(tmp_path, rows("r1", 40.0, "server", "server", "server"), rows("r2", 4.0, ""))
    assert pool.health.of("small").standing.state == "closed"
    assert pool.health.of("small").error_rate == 0.0


def test_what_says_nothing_of_the_endpoint_is_passed_over(tmp_path: Path) -> None:
    told = rows("r1", 4.0, "stopped", "auth", "auth", "auth", "auth")
    pool = restored(tmp_path, told, rows("r2", 4.0, "server", model="gone"), rows("r3", 86_400.0, "server"))
    assert pool.health.of("small").error_rate is None
    assert pool.health.of("small").standing.state == "closed"
    assert pool.health.of("gone").calls == 0


def test_a_reply_that_two_columns_shared_counts_once(tmp_path: Path) -> None:
    shared = [rows(id, 0.0, "", origin=Origin("compare", "battle", "e", id, True)) for id in ("a", "b")]
    assert restored(tmp_path, *shared).health.of("small").calls == pytest.approx(1.0, abs=0.01)


def test_a_home_without_a_store_stays_without(tmp_path: Path) -> None:
    before = health.shared()
    path = tmp_path / "some.toml"
    path.write_text(MODELS, encoding="utf-8")
    empty = Settings(home=tmp_path / "home", cache=tmp_path / "cache")
    pool = Pool(Catalog.load([path], {}), empty, health=Health())
    try:
        recall(empty, pool)
        assert health.shared() is pool.health
    finally:
        health.use(before)
    assert not (tmp_path / "home").exists()
