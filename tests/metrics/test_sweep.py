from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics.sweep import ROWS, choices, realised


def row_wise(quality: np.ndarray, cost: np.ndarray, prices: list[float]) -> np.ndarray:
    """The plain loop: argmax over each row."""
    return np.array([(quality - quality.dtype.type(p) * cost).argmax(axis=1) for p in prices])


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 1000))
def test_choices_are_those_of_a_row_wise_argmax(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    quality, cost = rng.integers(0, 4, (n, m)) / 3, rng.integers(0, 3, (n, m)) / 2  # many ties
    prices = [0.0, 0.5, 1.0, 7.0]
    np.testing.assert_array_equal(choices(quality, cost, prices), row_wise(quality, cost, prices))


def test_single_precision_is_kept() -> None:
    rng = np.random.default_rng(0)
    quality, cost = (rng.random((500, 5)).astype("f4") for _ in range(2))
    np.testing.assert_array_equal(choices(quality, cost, [0.3, 2.0]), row_wise(quality, cost, [0.3, 2.0]))


def test_more_rows_than_fit_the_cache_are_weighed_in_parts() -> None:
    rng = np.random.default_rng(1)
    quality, cost = rng.random((ROWS + 7, 3)), rng.random((ROWS + 7, 3))
    np.testing.assert_array_equal(choices(quality, cost, [1.0]), row_wise(quality, cost, [1.0]))


def test_an_infinite_price_takes_the_cheapest() -> None:
    quality, cost = np.array([[1.0, 0.0, 1.0]]), np.array([[2.0, 0.0, 0.0]])
    assert choices(quality, cost, [math.inf]).tolist() == [[1]]
    assert choices(quality, cost, [0.0]).tolist() == [[0]]


def test_no_prompt_gives_no_choice() -> None:
    assert choices(np.empty((0, 2)), np.empty((0, 2)), [0.0, 1.0]).shape == (2, 0)


def test_more_models_than_a_byte_can_name_are_refused() -> None:
    with pytest.raises(ValueError, match="255 models, not 256"):
        choices(np.zeros((1, 256)), np.zeros((1, 256)), [0.0])


def test_outcomes_of_the_chosen_models_are_looked_up() -> None:
    outcomes = np.array([[1.0, 2.0], [3.0, 4.0]])
    chosen = np.array([[0, 1], [1, 1]], dtype=np.uint8)
    assert realised(chosen, outcomes).tolist() == [[1, 4], [2, 4]]
