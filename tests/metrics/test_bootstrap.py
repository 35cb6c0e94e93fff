from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadInput
from workbench.metrics import bootstrap


@given(st.integers(1, 50), st.integers(0, 9))
def test_every_resample_draws_as_many_prompts_as_there_are(n: int, seed: int) -> None:
    assert (bootstrap.weights(n, 20, seed).sum(axis=1) == n).all()


def test_the_same_seed_draws_the_same() -> None:
    np.testing.assert_array_equal(bootstrap.weights(30, 5, 1), bootstrap.weights(30, 5, 1))
    assert (bootstrap.weights(30, 5, 1) != bootstrap.weights(30, 5, 2)).any()


def test_means_are_those_of_the_rows_drawn() -> None:
    rng = np.random.default_rng(0)
    values, drawn = rng.random((3, 40)), bootstrap.weights(40, 10)
    direct = [[np.repeat(v, w.astype(int)).mean() for v in values] for w in drawn]
    np.testing.assert_allclose(bootstrap.means(values, drawn), direct, atol=1e-6)


def test_tiny_costs_lose_no_precision() -> None:
    values = np.full((1, 1000), 1e-7) * np.linspace(0.5, 1.5, 1000)
    assert abs(bootstrap.means(values, bootstrap.weights(1000, 50)).mean() / values.mean() - 1) < 0.01


def test_intervals_of_a_mean_hold_their_level() -> None:
    """95 % of 200 samples of a skewed distribution: between 90 and 99 % is what chance allows."""
    rng = np.random.default_rng(3)
    inside = 0
    for seed in range(200):
        found = bootstrap.mean(rng.exponential(1.0, 150), bootstrap.weights(150, 300, seed))
        inside += found.low <= 1.0 <= found.high
    assert 0.90 <= inside / 200 <= 0.99


def test_halvings_share_no_prompt_and_leave_none_out() -> None:
    pairs = bootstrap.halves(11)
    assert len(pairs) == 10
    for tune, test in pairs:
        assert sorted([*tune.tolist(), *test.tolist()]) == list(range(11))


def test_a_ratio_is_sum_over_sum_with_the_spread_of_both() -> None:
    over, under = np.array([1.0, 2, 3, 4]), np.array([2.0, 2, 4, 8])
    found = bootstrap.ratio(over, under, bootstrap.weights(4, 400))
    assert found is not None
    assert found.value == 10 / 16
    assert 0.5 <= found.low < found.value < found.high <= 1.0


def test_a_ratio_to_nothing_is_none() -> None:
    assert bootstrap.ratio(np.ones(3), np.zeros(3), bootstrap.weights(3, 10)) is None


def test_means_of_halves_are_those_of_their_prompts() -> None:
    values = np.random.default_rng(0).random((3, 21))
    tune, test = bootstrap.half_means(values, seed=4)
    for row, (one, two) in enumerate(bootstrap.halves(21, 4)):
        np.testing.assert_allclose(tune[row], values[:, one].mean(axis=1))
        np.testing.assert_allclose(test[row], values[:, two].mean(axis=1))


def test_one_prompt_cannot_be_halved() -> None:
    with pytest.raises(BadInput, match="cannot be halved"):
        bootstrap.half_means(np.ones((2, 1)))
