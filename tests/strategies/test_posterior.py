"""Beliefs about rewards, and the chance that each model is the best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies._posterior import PRIOR, SPREAD, Posterior, chance_best

ONE = np.array([[1.0]])


def test_an_unseen_model_has_the_priors_reward_and_spread() -> None:
    mean, spread = Posterior(1).expect(ONE, ["new"])
    assert (mean[0, 0], spread[0, 0]) == (PRIOR, SPREAD)


def test_one_observation_moves_halfway_from_the_prior_and_narrows() -> None:
    """With I as prior and context 1: covariance 1/2, mean 1/2 of the surprise."""
    posterior = Posterior(1)
    posterior.observe("a", ONE[0], 1.0, 1.0)
    mean, spread = posterior.expect(ONE, ["a", "b"])
    assert mean[0].tolist() == pytest.approx([0.75, 0.5])
    assert spread[0].tolist() == pytest.approx([SPREAD * 0.5**0.5, SPREAD])


def test_observing_one_by_one_without_forgetting_equals_learning_at_once() -> None:
    rng = np.random.default_rng(0)
    contexts, rewards = rng.normal(size=(50, 3)), rng.random(50)
    slow, fast = Posterior(3), Posterior(3)
    for context, reward in zip(contexts, rewards.tolist(), strict=True):
        slow.observe("a", context, reward, 1.0)
    fast.learn("a", contexts, rewards)
    for one, other in zip(slow.expect(contexts, ["a"]), fast.expect(contexts, ["a"]), strict=True):
        assert np.allclose(one, other)


def test_what_is_not_asked_for_long_returns_to_the_prior() -> None:
    posterior = Posterior(1)
    posterior.observe("a", ONE[0], 1.0, 1.0)
    for _ in range(2000):
        posterior.observe("b", ONE[0], 0.5, 0.99)
    mean, spread = posterior.expect(ONE, ["a"])
    assert (mean[0, 0], spread[0, 0]) == pytest.approx((PRIOR, SPREAD), abs=1e-3)


def test_two_equal_models_are_best_with_one_half_each() -> None:
    assert chance_best(np.array([[0.3, 0.3]]), np.array([[0.1, 0.1]]))[0].tolist() == pytest.approx([0.5, 0.5])


def test_the_chance_of_two_is_the_normal_distribution_of_their_difference() -> None:
    """P(a > b) = Phi((0.6 - 0.5) / sqrt(0.1^2 + 0.2^2)) = Phi(0.4472) = 0.6726."""
    assert chance_best(np.array([[0.6, 0.5]]), np.array([[0.1, 0.2]]))[0, 0] == pytest.approx(0.6726, abs=2e-3)


def test_it_is_how_often_sampling_chooses_each() -> None:
    mean, spread = np.array([0.5, 0.55, 0.3]), np.array([0.2, 0.1, 0.3])
    drawn = np.random.default_rng(1).normal(mean, spread, (200_000, 3)).argmax(axis=1)
    assert chance_best(mean[None], spread[None])[0].tolist() == pytest.approx(
        (np.bincount(drawn) / len(drawn)).tolist(), abs=0.01
    )


def test_many_rows_are_worked_out_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    mean, spread = rng.normal(0.5, 0.1, (600, 4)), rng.uniform(0.05, 0.3, (600, 4))
    alone = np.concatenate([chance_best(mean[i : i + 1], spread[i : i + 1]) for i in range(600)])
    assert chance_best(mean, spread) == pytest.approx(alone, abs=1e-12)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_chances_are_probabilities(models: list[tuple[float, float]]) -> None:
    mean, spread = np.array(models).T
    chances = chance_best(mean[None], spread[None])[0]
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()


def test_it_comes_back_whole_from_its_state() -> None:
    posterior = Posterior(1)
    posterior.observe("a", ONE[0], 1.0, 1.0)
    again = Posterior.restored(posterior.state())
    again.observe("a", ONE[0], 0.0, 1.0)
    assert posterior.expect(ONE, ["a"])[0][0, 0] == pytest.approx(0.75), "the original does not change with its copy"


@pytest.mark.parametrize(
    ("mean", "spread"), [([0.5, 0.7, 0.6], [1.0, 0.002, 0.002]), ([0.4, 0.5, 0.5], [0.3, 0.02, 0.001])]
)
def test_nor_is_it_off_where_a_new_model_stands_beside_well_known_ones(mean: list[float], spread: list[float]) -> None:
    drawn = np.random.default_rng(2).normal(mean, spread, (400_000, 3)).argmax(axis=1)
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    assert chance_best(np.array([mean]), np.array([spread]))[0].tolist() == pytest.approx(shares.tolist(), abs=0.004)
