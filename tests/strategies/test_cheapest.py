from __future__ import annotations

import pytest

from strategies.cheapest import Cheapest
from tests.pool import prompt
from workbench.types import Model


def test_takes_the_lowest_expected_cost() -> None:
    reader = Model("cheap-to-read", price_in=1.0, price_out=20.0)
    writer = Model("cheap-to-write", price_in=3.0, price_out=4.0)
    long = prompt("word " * 4000, models=(reader, writer))
    assert Cheapest(answer_tokens=10).decide(long).model == "cheap-to-read"
    assert Cheapest(answer_tokens=10_000).decide(long).model == "cheap-to-write"


def test_a_score_is_minus_the_expected_cost_in_usd() -> None:
    decision = Cheapest(answer_tokens=100).decide(prompt("x" * 400, models=(Model("m", 2.0, 5.0),)))
    assert decision.scores == {"m": pytest.approx(-(100 * 2.0 + 100 * 5.0) / 1e6)}


def test_equal_prices_leave_the_users_order() -> None:
    assert Cheapest().decide(prompt(models=(Model("b"), Model("a")))).model == "b"
