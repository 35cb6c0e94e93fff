from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics.hull import at, corners, hull

points = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30)


def test_a_point_below_the_line_between_others_is_no_corner() -> None:
    cost, quality = hull([1, 2, 3, 5], [0.4, 0.7, 0.6, 0.8])
    assert cost.tolist() == [1, 2, 5]
    assert quality.tolist() == [0.4, 0.7, 0.8]


def test_paying_more_for_less_is_no_corner() -> None:
    assert hull([1, 2, 9], [0.5, 0.9, 0.1])[0].tolist() == [1, 2]


def test_of_equal_costs_the_better_counts() -> None:
    assert corners([1, 1, 1], [0.2, 0.9, 0.5]).tolist() == [1]


def test_points_without_a_figure_are_not_there() -> None:
    assert corners([1, np.nan, 3], [0.1, 0.9, np.nan]).tolist() == [0]
    with pytest.raises(ValueError, match="at least one point"):
        corners([np.nan], [1.0])


@given(points)
def test_the_hull_rises_ever_more_slowly_and_lies_on_or_above_every_point(given_points: list[tuple[int, int]]) -> None:
    cost, quality = np.array(given_points, dtype=float).T
    x, y = hull(cost, quality)
    slopes = np.diff(y) / np.diff(x)
    assert (np.diff(x) > 0).all()
    assert (slopes > 0).all()
    assert (np.diff(slopes) <= 1e-9).all()
    assert (at(cost, x, y) >= quality - 1e-9).all()


@given(points, st.randoms())
def test_the_order_of_points_does_not_matter(given_points: list[tuple[int, int]], random: object) -> None:
    shuffled = list(given_points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's random
    one, two = (hull(*np.array(p, dtype=float).T) for p in (given_points, shuffled))
    np.testing.assert_array_equal(one, two)


def test_beyond_the_last_corner_quality_stays_and_below_the_first_there_is_none() -> None:
    found = at([0.5, 1, 1.5, 9], np.array([1.0, 2.0]), np.array([0.4, 0.8]))
    np.testing.assert_allclose(found, [np.nan, 0.4, 0.6, 0.8])
