"""One budget before a provider: nothing is sent that might exceed it, and every end of a call settles."""

from __future__ import annotations

import asyncio

import pytest

from tests.pool import MODELS, Pool, model
from workbench.errors import BudgetSpent, ServerFailed, StreamCut
from workbench.services.budget import Budgeted
from workbench.types import Call, Model, Reply, user


def ask(provider: Budgeted, name: str = "small") -> Reply:
    async def read() -> Reply:
        *_, last = [item async for item in provider.stream(Call(name, (user("hello"),), {"max_tokens": 20}))]
        assert isinstance(last, Reply)
        return last

    return asyncio.run(read())


def budgeted(usd: float | None, spent: float = 0.0, models: tuple[Model, ...] = MODELS) -> Budgeted:
    return Budgeted(Pool(models), models, usd, spent)


def test_money_is_settled_to_what_a_call_cost() -> None:
    provider = budgeted(1.0)
    reply = ask(provider)
    assert provider.ledger.spent_usd == reply.cost_usd > 0
    assert provider.ledger.reserved_usd == 0


def test_a_call_that_might_exceed_what_is_left_is_not_sent() -> None:
    provider = budgeted(1e-5, spent=0.9999e-5)
    with pytest.raises(BudgetSpent):
        ask(provider, "big")
    assert provider.ledger.spent_usd == 0.9999e-5


def test_without_a_budget_it_only_counts() -> None:
    provider = budgeted(None)
    ask(provider)
    ask(provider, "big")
    assert provider.ledger.spent_usd > 0


def test_a_failed_call_costs_nothing_and_a_cut_one_what_came() -> None:
    models = (model("refused", 1.0, fault="500"), model("cut", 1.0, fault={"name": "cut", "after": 5}))
    provider = budgeted(1.0, models=models)
    with pytest.raises(ServerFailed):
        ask(provider, "refused")
    assert provider.ledger.spent_usd == 0
    with pytest.raises(StreamCut):
        ask(provider, "cut")
    assert provider.ledger.spent_usd > 0
    assert provider.ledger.reserved_usd == 0
