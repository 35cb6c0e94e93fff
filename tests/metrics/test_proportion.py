"""Wilson's interval against published values."""

from __future__ import annotations

import pytest

from workbench.metrics.proportion import difference, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_newcombes_examples(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_swapping_wins_and_losses_mirrors_the_interval() -> None:
    low, high = wilson(7, 10)
    assert wilson(3, 10) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), comparison of eleven methods, table II, method 10
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
    ],
)
def test_newcombes_differences(before: tuple[int, int], after: tuple[int, int], low: float, high: float) -> None:
    assert difference(before, after) == pytest.approx((low, high), abs=5e-5)


def test_without_trials_a_difference_may_be_anything() -> None:
    low, high = difference((0, 0), (0, 0))
    assert low < -0.7
    assert high > 0.7
