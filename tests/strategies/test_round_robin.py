from __future__ import annotations

from strategies.round_robin import RoundRobin
from tests.pool import MODELS, prompt


def test_takes_each_model_in_the_pools_order() -> None:
    strategy, ids = RoundRobin(), [m.id for m in MODELS]
    taken = [strategy.decide(prompt(id=str(i))).model for i in range(7)]
    start = ids.index(taken[0])
    assert taken == [ids[(start + i) % 3] for i in range(7)]


def test_single_prompts_are_spread_over_the_pool_too() -> None:
    assert {RoundRobin().decide(prompt(id=str(i))).model for i in range(20)} == {m.id for m in MODELS}


def test_the_same_prompts_in_the_same_order_get_the_same_models() -> None:
    one, two = RoundRobin(), RoundRobin()
    prompts = [prompt(id=str(i)) for i in range(5)]
    assert one.decide_all(prompts) == two.decide_all(prompts)
