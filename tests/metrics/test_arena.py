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
    assert arena.optimal_selection(chosen, QUALITY, COST) == pytest.approx(2 / 3)
    assert arena.optimal_cost(COST[np.arange(4), chosen], chosen, QUALITY, COST) == pytest.approx(7 / 11)
    assert arena.optimal_accuracy(np.array([1.0, 1, 0, 1]), QUALITY) == 1.0


def test_nothing_right_is_nothing_optimal() -> None:
    none = np.zeros((2, 2))
    assert arena.optimal_selection(np.array([0, 1]), none, COST[:2]) == 0.0
    assert arena.optimal_cost(np.ones(2), np.array([0, 1]), none, COST[:2]) == 0.0
    assert arena.optimal_accuracy(np.zeros(2), none) == 0.0


def test_robustness_is_the_share_of_choices_that_stay() -> None:
    assert arena.robustness(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])) == 0.75
