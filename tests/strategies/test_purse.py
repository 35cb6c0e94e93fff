"""A purse reserves before a call, settles after it, and knows when money runs low."""

from __future__ import annotations

import math

import pytest

from strategies._purse import Purse
from tests.pool import MODELS, Pool, prompt
from workbench.errors import BudgetSpent
from workbench.session import Session


def purse(budget: float | None, run: float | None = None, low: float = 0.3) -> Purse:
    return Purse(Session(prompt(), Pool(), budget_usd=run), budget, low)


def spend(p: Purse, reserved: float, cost: float) -> None:
    with p.reserved(reserved):
        p.session._ledger.settle(0.0, cost)


def test_what_is_reserved_is_not_left_and_what_is_settled_is() -> None:
    p = purse(1.0)
    with p.reserved(0.75):
        assert p.left_usd == pytest.approx(0.25)
    assert p.left_usd == pytest.approx(1.0)
    spend(p, 0.5, 0.125)
    assert p.left_usd == pytest.approx(0.875)


def test_a_call_that_fails_is_settled_too() -> None:
    p = purse(1.0)

    def fail() -> None:
        with p.reserved(0.5):
            p.session._ledger.settle(0.0, 0.25)
            raise ValueError("down")

    with pytest.raises(ValueError, match="down"):
        fail()
    assert p.left_usd == pytest.approx(0.75)


def test_more_than_is_left_is_refused_before_it_is_spent() -> None:
    with pytest.raises(BudgetSpent, match="raise the budget"), purse(0.1).reserved(0.2):
        raise AssertionError("never reached")


def test_the_runs_budget_limits_its_own() -> None:
    assert purse(1.0, run=0.25).left_usd == 0.25
    assert purse(0.25, run=1.0).left_usd == 0.25
    assert purse(None, run=0.5).left_usd == 0.5
    assert purse(None).left_usd == math.inf


def test_only_models_that_can_be_paid_for_are_allowed() -> None:
    p = purse(1.0)
    assert p.allowed(MODELS, lambda m: m.price_in) == MODELS[:2]
    assert p.allowed(MODELS, lambda m: 2.0) == ()
    assert purse(None).allowed(MODELS, lambda m: 1e9) == MODELS


def test_when_it_runs_low_the_cheaper_half_is_allowed() -> None:
    p = purse(1.0)
    assert not p.degraded
    spend(p, 0.8, 0.8)
    assert p.degraded
    assert p.allowed(MODELS, lambda m: 0.0) == MODELS[:2]
    assert p.allowed(MODELS[1:], lambda m: 0.0) == MODELS[1:2]
    assert not purse(None).degraded
