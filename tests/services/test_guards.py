from __future__ import annotations

from typing import Any

import pytest

from workbench.services.guards import Guards, Whole


def row(n: int, arm: int = 0, error: str = "", cost: float = 0.001, latency: float = 1.0) -> dict[str, Any]:
    return {"n": n, "arm": arm, "error": error, "cost_usd": cost, "latency_s": latency}


def test_cases_that_end_early_wait_for_those_before_them() -> None:
    guards = Guards({"errors": 0.1}, 0.05, ["a"])
    for n in range(1, 200):
        guards.add(n, [row(n, error="server")])
    assert guards.called == []
    guards.add(0, [row(0, error="server")])
    assert len(guards.called) == 1


def test_the_order_in_which_cases_end_changes_nothing() -> None:
    one, other = (Guards({"cost": 0.0005}, 0.05, ["a"]) for _ in range(2))
    for n in range(30):
        one.add(n, [row(n, cost=0.0001 * n)])
        other.add(29 - n, [row(29 - n, cost=0.0001 * (29 - n))])
    assert one.as_json() == other.as_json()


def test_each_strategy_is_watched_by_itself_and_named() -> None:
    guards = Guards({"latency": 2.0}, 0.05, ["quick", "slow"])
    for n in range(60):
        guards.add(n, [row(n, 0, latency=0.5), row(n, 1, latency=9.0)])
    (said,) = guards.called
    assert said.startswith("slow is shown above its limit of 2 s a prompt after ")
    assert [one["crossed"] is None for one in guards.as_json()] == [True, False]


def test_the_level_is_shared_among_all_rules() -> None:
    needed = [one["needed"] for one in Guards({"errors": 0.1, "cost": 1.0}, 0.05, ["a", "b"]).as_json()]
    assert needed == pytest.approx([80.0] * 4)


def test_what_is_whole_ends_at_the_first_gap() -> None:
    found = Whole.of([row(3), row(0, 1), row(0, 0), row(1), row(5)])
    assert [(r["n"], r["arm"]) for r in found.rows] == [(0, 0), (0, 1), (1, 0)]
    assert (found.cases, found.beyond) == (2, 2)
    assert Whole.of([]).cases == 0
