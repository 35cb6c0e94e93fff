"""Weights follow rewards: shrunk, above a minimum sample, a step at a time; the draw logs its chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from strategies.judge_weighted import JudgeWeighted
from tests.recordings import BIG, SMALL, recorded
from workbench.errors import BadInput
from workbench.recorded import Recorded
from workbench.types import Model, Prompt, user

POOL = (SMALL, BIG)


def prompt(i: int = 0, category: str = "", models: tuple[Model, ...] = POOL) -> Prompt:
    return Prompt(f"p{i}", (user("ask"),), models, {"category": category} if category else {})


def data(small: float, big: float, n: int = 200, category: str = "") -> Recorded:
    """Rewards of 0 and 1 with these means."""
    rewards = np.stack([(np.arange(n) < mean * n).astype(float) for mean in (small, big)], axis=1)
    return recorded(rewards, categories=np.full(n, category, dtype=object))


def fitted(*sets: Recorded, **params: Any) -> JudgeWeighted:
    made = JudgeWeighted(**params)
    for one in sets:
        made.fit(one)
    return made


def weights(strategy: JudgeWeighted, category: str = "") -> list[float]:
    return list(strategy.decide(prompt(category=category)).scores.values())


def test_the_first_fit_goes_all_the_way_to_the_softmax_of_shrunk_means() -> None:
    small, big = (200 * mean + 20 * 0.65 for mean in (0.6, 0.7))
    odds = np.exp((big - small) / 220 / 0.1)
    assert weights(fitted(data(0.6, 0.7))) == pytest.approx([1 / (1 + odds), odds / (1 + odds)])


def test_later_fits_move_a_step_at_most_and_get_there() -> None:
    strategy = fitted(data(0.7, 0.7), data(0.2, 0.9))
    assert weights(strategy) == pytest.approx([0.4, 0.6])
    for _ in range(8):
        strategy.fit(data(0.2, 0.9))
    assert weights(strategy) == pytest.approx(weights(fitted(data(0.2, 0.9))))


def test_few_answers_move_less_and_too_few_move_nothing() -> None:
    assert weights(fitted(data(0.5, 0.7, 40)))[1] < weights(fitted(data(0.5, 0.7, 400)))[1]
    with pytest.raises(
        BadInput, match=r"needs 30 scored answers of two models or more, .*; there are small 29, big 29"
    ):
        fitted(data(0.2, 0.9, 29))


def test_a_model_below_the_minimum_keeps_its_share() -> None:
    rewards = np.full((100, 3), np.nan)
    rewards[:, :2] = data(0.5, 0.9, 100).quality
    rewards[:10, 2] = 0.0
    third = Model("third", 1.0, 1.0)
    strategy = fitted(recorded(rewards, models=(*POOL, third)))
    given = strategy.decide(prompt(models=(*POOL, third))).scores
    assert given["third"] == pytest.approx(1 / 3)
    assert given["big"] > given["small"]


def test_a_category_with_enough_answers_has_weights_of_its_own() -> None:
    sums, rest = data(0.9, 0.3, 100, "sum"), data(0.3, 0.9, 300)
    both = recorded(
        np.concatenate([sums.quality, rest.quality]), categories=np.concatenate([sums.categories, rest.categories])
    )
    strategy = fitted(both)
    assert weights(strategy, "sum")[0] > 0.9
    assert weights(strategy)[0] < 0.2
    assert weights(strategy, "elsewhere") == weights(strategy)
    assert strategy.decide(prompt(category="sum")).label == "sum"


def test_a_new_model_begins_with_an_equal_share_and_one_that_went_leaves_its_own_to_the_others() -> None:
    strategy = fitted(data(0.7, 0.7))
    third = recorded(np.tile([[0.6, 0.7, 0.7], [0.8, 0.7, 0.7]], (20, 1)), models=(*POOL, Model("third", 1.0, 1.0)))
    strategy.fit(third)
    wide = (*POOL, Model("third", 1.0, 1.0))
    assert list(strategy.decide(prompt(models=wide)).scores.values()) == pytest.approx([1 / 3] * 3)
    assert weights(strategy) == pytest.approx([0.5, 0.5])


def test_models_are_drawn_as_often_as_their_weights_say_and_never_below_the_floor() -> None:
    strategy = fitted(data(0.05, 0.95))
    drawn = [strategy.decide(prompt(i)) for i in range(3000)]
    counts = Counter(d.model for d in drawn)
    assert counts["small"] / 3000 == pytest.approx(0.02, abs=0.008)
    assert {round(d.propensity, 2) for d in drawn} == {0.02, 0.98}


def test_what_it_learned_is_given_back_whole() -> None:
    strategy, again = fitted(data(0.5, 0.8, category="sum")), JudgeWeighted()
    again.restore(strategy.state())
    assert weights(again, "sum") == weights(strategy, "sum")
    assert JudgeWeighted().state() == {}


def test_before_the_first_fit_it_says_what_to_run() -> None:
    with pytest.raises(BadInput, match="workbench learn weights"):
        JudgeWeighted().decide(prompt())


def routed(to_big: float, n: int = 20_000) -> Recorded:
    """Two models that do equally well: .4 right on hard prompts and .9 on easy ones. Hard ones go to the big one with this chance, easy
    ones to the small one."""
    rng = np.random.default_rng(0)
    hard = rng.random(n) < 0.5
    chance = np.where(hard, to_big, 1 - to_big)
    big = rng.random(n) < chance
    right = (rng.random(n) < np.where(hard, 0.4, 0.9)).astype(float)
    rewards, drawn = np.full((n, 2), np.nan), np.full((n, 2), np.nan)
    rewards[np.arange(n), big.astype(int)] = right
    drawn[np.arange(n), big.astype(int)] = np.where(big, chance, 1 - chance)
    return replace(
        recorded(rewards), chance=np.where(drawn < 1, drawn, np.nan), categories=np.full(n, "", dtype=object)
    )


def test_a_model_that_was_drawn_for_the_hard_prompts_is_not_thought_bad() -> None:
    assert weights(fitted(routed(0.9))) == pytest.approx([0.5, 0.5], abs=0.08)


def test_a_model_that_a_rule_sent_the_hard_prompts_is_not_judged_by_them_and_they_are_counted() -> None:
    with pytest.raises(
        BadInput, match=r"there are small 0, big 0 \(20,000 prompts that one model answered, by rule, say nothing"
    ):
        fitted(routed(1.0))


def test_prompts_that_both_answered_count_beside_those_of_a_rule() -> None:
    alone, both = routed(1.0), data(0.6, 0.7)
    rewards = np.concatenate([alone.quality, both.quality])
    strategy = fitted(recorded(rewards, categories=np.full(len(rewards), "", dtype=object)))
    assert weights(strategy) == pytest.approx(weights(fitted(both)))


def test_kinds_of_score_are_not_compared_with_one_another() -> None:
    """A judge gives .9 to whatever it sees, people half of their votes: that the judge saw more of the big model tells nothing."""
    rewards, chance = np.full((400, 2), np.nan), np.full((400, 2), np.nan)
    kinds = np.array(["judge"] * 200 + ["grades"] * 200, dtype=object)
    answered = np.concatenate([np.arange(200) % 10 > 0, np.arange(200) % 10 == 0]).astype(int)
    rewards[np.arange(400), answered] = np.where(kinds == "judge", 0.9, np.arange(400) // 10 % 2)
    chance[np.arange(400), answered] = np.where(answered == (kinds == "judge"), 0.9, 0.1)
    made = replace(recorded(rewards), chance=chance, kinds=kinds, categories=np.full(400, "", dtype=object))
    assert weights(fitted(made, fewest=5)) == pytest.approx([0.5, 0.5])
