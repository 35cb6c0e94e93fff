from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics import reference

QUALITY = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
COST = np.array([[1.0, 5.0]] * 4)
MIXED = ["a", "a", "b", "b"]


def means(line: reference.Line) -> list[float]:
    return [float(line[0].mean()), float(line[1].mean())]


def test_single_models_and_mixes() -> None:
    assert means(reference.cheapest(QUALITY, COST)) == [0.5, 1.0]
    assert means(reference.best_single(QUALITY, COST)) == [0.75, 5.0]
    assert means(reference.round_robin(QUALITY, COST)) == [0.5, 3.0]
    assert means(reference.random(QUALITY, COST)) == [0.625, 3.0]


def test_of_equally_good_models_the_cheaper_is_the_best_single() -> None:
    assert reference.best_single(np.ones((2, 2)), COST[:2])[1].tolist() == [1.0, 1.0]


def test_an_oracle_takes_the_cheapest_of_the_best() -> None:
    quality, cost = reference.oracle(QUALITY, COST)
    assert quality.tolist() == [1, 1, 1, 1]
    assert cost.tolist() == [1, 5, 5, 1]


def test_an_oracle_of_categories_knows_only_them() -> None:
    quality, cost = reference.category_oracle(QUALITY, COST, MIXED)
    assert cost.tolist() == [5, 5, 1, 1]  # in b both are right once: the cheaper
    assert quality.tolist() == [1, 1, 0, 1]


def test_an_oracles_curve_begins_at_the_cheapest_and_ends_at_the_oracle() -> None:
    quality, cost = reference.oracle_curve(QUALITY, COST)
    assert (cost[0], quality[0]) == (1.0, 0.5)
    assert (cost[-1], quality[-1]) == (3.0, 1.0)


def test_regret_and_the_gap_closed() -> None:
    reached = np.array([1.0, 1, 1, 0])
    assert reference.regret(reached, QUALITY).tolist() == [0, 0, 0, 1]
    assert reference.gap_closed(np.array([1.0, 1, 1, 0.5]), QUALITY, COST) == pytest.approx(0.5)
    assert np.isnan(reference.gap_closed(np.ones(2), np.ones((2, 2)), COST[:2]))


def test_quality_above_mixing_single_models() -> None:
    """Half of each model costs 3 and gives .625."""
    assert reference.above_zero_router(0.7, 3.0, QUALITY, COST) == pytest.approx(0.075)
