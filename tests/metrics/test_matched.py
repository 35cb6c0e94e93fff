from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics import matched
from workbench.metrics.matched import Matched

COST, QUALITY = np.array([1.0, 2.0, 5.0]), np.array([0.4, 0.7, 0.8])


def test_saving_at_a_models_quality_worked_by_hand() -> None:
    """A model of quality .75 costs 7. The line from (2, .7) to (5, .8) reaches .75 at 3.5: half of 7 is saved."""
    found = matched.matched(COST, QUALITY, 7.0, 0.75)
    assert found.saved == pytest.approx(0.5)


def test_gain_for_a_models_money_worked_by_hand() -> None:
    """For 3.5 the line gives .75; beyond its end it stays at .8."""
    assert matched.matched(COST, QUALITY, 3.5, 0.7).gained == pytest.approx(0.05)
    assert matched.matched(COST, QUALITY, 50.0, 0.7).gained == pytest.approx(0.1)


def test_cost_of_nearly_all_of_its_quality_worked_by_hand() -> None:
    """99 % of .8 is .792, which lies at 2 + 3 x .092 / .1 = 4.76."""
    assert matched.matched(COST, QUALITY, 9.0, 0.8).nearly == pytest.approx(4.76)


def test_what_is_never_reached_is_infinitely_far() -> None:
    found = matched.matched(COST, QUALITY, 0.5, 0.9)
    assert found == Matched(-np.inf, -np.inf, np.inf)


def test_a_model_that_costs_nothing_leaves_nothing_to_save() -> None:
    assert matched.matched(COST, QUALITY, 0.0, 0.4).saved == -np.inf


def test_a_line_that_falls_again_is_read_at_its_first_crossing() -> None:
    assert matched.reached(np.array([1.0, 2, 3, 4]), np.array([0.2, 0.6, 0.4, 0.9]), 0.5) == pytest.approx(1.75)


def test_dearer_for_the_same_quality_is_a_saving_below_zero() -> None:
    assert matched.plain(np.array([4.0]), np.array([0.8]), 2.0, 0.8).saved == -1.0


def test_settings_chosen_on_other_prompts_are_not_flattered() -> None:
    """60 settings of one quality and cost: the plain hull finds a lucky one that gains, on other prompts none does."""
    rng = np.random.default_rng(1)
    plain, honest = [], []
    for seed in range(20):
        quality = (rng.random((60, 300)) < 0.5).astype(float)
        cost = np.tile(np.linspace(1, 1.1, 60)[:, None], (1, 300))
        single, price = (rng.random(300) < 0.5).astype(float), np.full(300, 1.2)
        plain.append(matched.plain(cost.mean(axis=1), quality.mean(axis=1), 1.2, 0.5).gained)
        honest.append(matched.honest(cost, quality, price, single, seed).gained)
    assert np.mean(plain) > 0.04
    assert abs(np.mean(honest)) < np.mean(plain) / 2


@given(st.floats(0.1, 9), st.floats(0, 1))
def test_saving_and_gain_agree_in_sign(cost: float, quality: float) -> None:
    """Cheaper at the same quality is better for the same money: the line rises."""
    found = matched.plain(COST, QUALITY, cost, quality)
    if np.isfinite(found.saved) and np.isfinite(found.gained) and abs(found.gained) > 1e-9:
        assert (found.saved >= 0) == (found.gained >= 0)
