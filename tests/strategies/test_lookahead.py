from __future__ import annotations

import numpy as np
import pytest

from strategies._acceptor import Expected
from strategies._lookahead import STOP, Lookahead, _better, now_expected, spreads, walked

COST = np.array([1e-6, 1e-5])
SPREAD = np.array([[0.3, 0.3], [0.0, 0.0]])


def policy(price: float, calls: int = 3) -> Lookahead:
    return Lookahead(COST, SPREAD, price, calls)


def test_the_expected_larger_of_two_is_that_of_many_draws() -> None:
    draws = np.random.default_rng(0).normal(0.1, 0.3, 400_000)
    assert _better(np.array([0.6]), np.array([0.5]), 0.3)[0] == pytest.approx(
        0.5 + np.maximum(draws, 0).mean(), abs=0.002
    )
    assert _better(np.array([0.6]), np.array([0.5]), 0.0)[0] == 0.6


def test_a_cheap_model_that_is_sure_to_be_passed_over_is_not_asked() -> None:
    quality = np.array([[0.01, 0.95], [0.6, 0.9]])
    pick, worth = policy(2e4).next(quality, np.zeros((2, 2), dtype=bool))
    assert pick.tolist() == [1, 0]
    assert np.isfinite(worth).all()


def test_it_stops_at_an_answer_that_is_good_enough_and_asks_on_after_one_that_is_not() -> None:
    asked = np.array([[True, False], [True, False]])
    pick, _ = policy(2e4).next(np.array([[0.85, 0.9], [0.3, 0.9]]), asked)
    assert pick.tolist() == [STOP, 1]


def test_no_more_models_are_asked_than_allowed() -> None:
    pick, _ = policy(0.0, calls=1).next(np.array([[0.1, 0.9]]), np.array([[True, False]]))
    assert pick.tolist() == [STOP]
    before = np.array([[0.5, 0.9]])
    asked, chosen = walked(policy(0.0, calls=1), Expected(before, {0: before}))
    assert asked.tolist() == [[False, True]]
    assert chosen.tolist() == [1]


def test_a_walk_ends_with_an_answer_of_a_model_that_was_asked() -> None:
    rng = np.random.default_rng(1)
    before, after = rng.random((200, 3)), {i: rng.random((200, 3)) for i in (0, 1)}
    three = Lookahead(np.array([1e-6, 3e-6, 1e-5]), np.full((3, 3), 0.2), 3e4, 3)
    asked, chosen = walked(three, Expected(before, after))
    assert asked[np.arange(200), chosen].all()
    assert asked.sum(axis=1).min() == 1
    assert set(chosen.tolist()) == {0, 1, 2}


def test_what_several_answers_say_is_the_mean_of_their_odds() -> None:
    before = np.array([[0.5]])
    after = {0: np.array([[0.9]]), 1: np.array([[0.1]])}
    assert now_expected(before, after, []) is before
    assert now_expected(before, after, [0, 1]) == pytest.approx(np.array([[0.5]]))
    assert now_expected(before, after, [0]) == pytest.approx(np.array([[0.9]]))


def test_spreads_are_how_much_answers_move_differences() -> None:
    before = np.zeros((4, 2))
    after = {0: np.array([[0.1, 0], [-0.1, 0], [0.1, 0], [-0.1, 0]])}
    assert spreads(Expected(before, after)) == pytest.approx(np.array([[0.1, 0.1], [0.0, 0.0]]))
