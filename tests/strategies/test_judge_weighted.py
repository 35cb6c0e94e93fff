"""Weights follow rewards: shrunk, above a minimum sample, a step at a time; the draw logs its chance."""

from __future__ import annotations

from collections import Counter
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
    with pytest.raises(BadInput, match="needs 30 scored answers of two models or more; there are small 29, big 29"):
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
