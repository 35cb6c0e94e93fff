from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics import arena

QUALITY = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
COST = np.array([[1.0, 5.0]] * 4)


def test_the_score_is_accuracy_at_the_cheapest_cost_and_nothing_at_the_dearest() -> None:
    assert arena.score(1.0, 0.0044) == pytest.approx(1.0)
    assert arena.score(0.5, 0.0044) == pytest.approx(1.1 * 0.5 / (0.05 + 1))
    assert arena.score(1.0, 200.0) == 0.0


def test_the_score_of_a_published_router() -> None:
    """RouterArena's best entry: accuracy .797 at $ .27 per 1,000 gives 77.6."""
    assert arena.score(0.797, 0.27) == pytest.approx(0.776, abs=0.01)


def test_costs_beyond_the_limits_count_as_the_limits() -> None:
    assert arena.score(0.8, 0.0) == arena.score(0.8, 0.0044)
    assert arena.score(0.8, 1e6) == 0.0


def test_the_optimal_choice_is_the_cheapest_right_model() -> None:
    chosen = np.array([1, 1, 0, 0])
    assert arena.optimal_selection(chosen, QUALITY, COST).value == pytest.approx(2 / 3)
    assert arena.optimal_cost(COST[np.arange(4), chosen], chosen, QUALITY, COST).value == pytest.approx(7 / 11)
    assert arena.optimal_accuracy(np.array([1.0, 1, 0, 1]), QUALITY).value == 1.0


def test_an_answer_of_no_single_model_is_never_right() -> None:
    """255 stands for a run without an answer: one of two right ones is left, which cost 5 where 1 was enough."""
    chosen = np.array([1, 255, 0, 255])
    assert arena.optimal_selection(chosen, QUALITY, COST).value == 0.0
    assert arena.optimal_cost(np.array([5.0, 9, 1, 9]), chosen, QUALITY, COST).value == pytest.approx(0.2)


def test_nothing_right_has_no_ratio() -> None:
    none = np.zeros((2, 2))
    assert np.isnan(arena.optimal_selection(np.array([0, 1]), none, COST[:2]).value)
    assert np.isnan(arena.optimal_cost(np.ones(2), np.array([0, 1]), none, COST[:2]).value)
    assert np.isnan(arena.optimal_accuracy(np.zeros(2), none).value)


def test_scores_of_many_are_those_of_each() -> None:
    assert arena.scores(np.array([0.5, 0.8]), np.array([1.0, 10.0])).tolist() == [
        arena.score(0.5, 1.0),
        arena.score(0.8, 10.0),
    ]


def test_robustness_is_the_share_of_choices_that_stay() -> None:
    assert arena.robustness(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])) == 0.75
