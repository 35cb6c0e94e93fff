"""A bandit tries, learns from what it is told, and logs the chance it drew with."""

from __future__ import annotations

import numpy as np
import pytest

from strategies.bandit import Bandit
from tests.pool import MODELS, prompt
from tests.recordings import recorded
from workbench.errors import BadInput
from workbench.types import Feedback

SUM, POEM = "What is 17 times 23?", "Write a sad poem about the rain"


def taught(strategy: Bandit, rounds: int = 60) -> Bandit:
    """The small model is right on sums, the big one on poems."""
    for i in range(rounds):
        for text, able in ((f"{SUM} ({i})", "small"), (f"{POEM} {i}", "big")):
            for model in MODELS:
                strategy.observe(Feedback(prompt(text), model.id, float(model.id == able)))
    return strategy


@pytest.mark.parametrize("method", ["thompson", "linucb"])
def test_it_learns_which_model_is_good_at_what(method: str) -> None:
    strategy = taught(Bandit(method=method, lambda_=0.0))
    for text, able in ((SUM, "small"), (POEM, "big")):
        chosen = [strategy.decide(prompt(text, id=str(i))).model for i in range(200)]
        assert chosen.count(able) > 180


def test_untaught_it_tries_all_and_price_decides_between_equals() -> None:
    free = [Bandit(lambda_=0.0).decide(prompt(id=str(i))).model for i in range(300)]
    assert {model: round(free.count(model) / 300, 1) for model in ("small", "mid", "big")} == pytest.approx(
        dict.fromkeys(("small", "mid", "big"), 1 / 3), abs=0.1
    )
    thrifty = [Bandit(lambda_=0.9).decide(prompt(id=str(i))).model for i in range(300)]
    assert thrifty.count("big") < thrifty.count("small")


@pytest.mark.parametrize("method", ["thompson", "linucb"])
def test_no_model_falls_below_the_floor_and_the_chances_sum_to_one(method: str) -> None:
    strategy = taught(Bandit(method=method, floor=0.02), 30)
    seen = {d.model: d.propensity for d in (strategy.decide(prompt(SUM, id=str(i))) for i in range(2000))}
    assert set(seen) == {m.id for m in MODELS}
    assert min(seen.values()) >= 0.02 - 1e-12
    assert sum(seen.values()) == pytest.approx(1)


def test_fit_begins_with_recorded_outcomes_and_leaves_out_what_is_not_scored() -> None:
    quality = np.tile([[1.0, 0.0], [np.nan, 0.0]], (20, 1))
    strategy = Bandit(lambda_=0.0)
    strategy.fit(recorded(quality))
    decision = strategy.decide(recorded(quality).prompts[0])
    assert decision.features["reward of small"] > decision.features["reward of big"]  # type: ignore[operator]  # both are numbers


def test_a_change_is_followed_because_old_rewards_fade() -> None:
    strategy = Bandit(lambda_=0.0, discount=0.95)
    for able in ("small", "big"):
        for i in range(150):
            for model in MODELS:
                strategy.observe(Feedback(prompt(id=str(i)), model.id, float(model.id == able)))
    chosen = [strategy.decide(prompt(id=str(i))).model for i in range(100)]
    assert chosen.count("big") > 70


def test_what_it_learned_survives_as_plain_arrays() -> None:
    strategy, again = taught(Bandit(), 10), Bandit()
    again.restore(strategy.state())
    assert again.decide(prompt(SUM)) == strategy.decide(prompt(SUM))


def test_a_reward_outside_its_range_is_refused() -> None:
    with pytest.raises(BadInput, match="from 0 to 1"):
        Bandit().observe(Feedback(prompt(), "small", 1.5))


def test_nothing_scored_is_nothing_to_learn_from() -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        Bandit().fit(recorded(np.full((3, 2), np.nan)))
