from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from workbench import embed
from workbench.bench import pools
from workbench.bench.decisions import Drawn, Timed, measure
from workbench.registry import Registry
from workbench.settings import Settings
from workbench.strategy import Router, Strategy

STRATEGIES: Registry[Strategy] = Registry("strategies", Strategy)
NAMES = ("complexity", "knn")


@pytest.fixture(scope="module", autouse=True)
def vectors_are_made_once() -> Iterator[None]:
    before = embed.shared()
    embed.use(embed.cached(Settings.from_env(dict(os.environ)).cache))
    yield
    embed.use(before)


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, dict[str, object]]]:
    before = embed.shared()
    found = measure(os.environ, rounds=2, batch=200, names=NAMES)
    assert embed.shared() is before
    assert all(row["ms"] > 0 for row in found["minilm"])
    return {pool: {row["router"]: row for row in found[pool]} for pool in ("two_models", "eleven_models")}


def test_every_router_is_timed_with_each_pool(tables: dict[str, dict[str, dict[str, float]]]) -> None:
    for rows in tables.values():
        assert set(rows) == set(NAMES)
        for name, row in rows.items():
            assert 0 < row["us"] <= row["us_p99"], name
            assert 0 < row["2kb_us"] <= row["2kb_us_p99"], name
            assert row["batch_s"] > 0, name


def test_only_what_embeds_has_a_time_for_new_prompts(tables: dict[str, dict[str, dict[str, float | None]]]) -> None:
    for rows in tables.values():
        assert rows["complexity"]["new_ms"] is None
        assert (rows["knn"]["new_ms"] or 0) > 0


def test_learned_routers_are_timed_while_they_route(tables: dict[str, dict[str, dict[str, float]]]) -> None:
    assert all(rows["knn"]["learned"] is True and rows["knn"]["routes"] > 0.2 for rows in tables.values())
    assert all(rows["complexity"]["learned"] is None for rows in tables.values())


def test_drawn_vectors_are_of_length_one_and_the_same_every_time() -> None:
    one, two = Drawn().embed(["a", "b"]), Drawn().embed(["b", "a"])
    assert (one == two[::-1]).all()
    assert abs((one**2).sum(axis=1) - 1).max() < 1e-5


def test_a_pool_of_eleven_pays_to_route_over() -> None:
    """The best model of each prompt is right far more often than the best of all."""
    made = pools.eleven(pools.two())
    assert made.quality.shape == (1330, 11)
    assert made.quality.max(axis=1).mean() > made.quality.mean(axis=0).max() + 0.2


def test_without_a_peer_there_is_no_ratio() -> None:
    router = STRATEGIES.build("fixed")
    assert isinstance(router, Router)
    prompts = list(pools.two().prompts[:20])
    assert Timed(router, prompts, 1).figures(20, None)["ratio"] is None
    assert Timed(router, prompts, 1).figures(20, 1000.0)["ratio"] < 1
