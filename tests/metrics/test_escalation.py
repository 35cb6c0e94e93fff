from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics import escalation

CALLS = np.array([1.0, 2, 2, 1, 3])


def test_calls_per_query_is_their_mean() -> None:
    assert escalation.calls_per_query(CALLS) == pytest.approx(1.8)


def test_more_than_one_call_is_an_escalation() -> None:
    assert escalation.escalated(CALLS).tolist() == [0, 1, 1, 0, 1]


def test_saving_beside_loss_worked_by_hand() -> None:
    """The single model costs 10 a prompt and is right 4 times of 5; the cascade costs 4 and is right 3 times."""
    assert escalation.saving(np.array([1.0, 11, 2, 1, 5]), np.full(5, 10.0)) == pytest.approx(0.6)
    assert escalation.loss(np.array([1.0, 1, 1, 0, 0]), np.array([1.0, 1, 1, 1, 0])) == pytest.approx(0.2)


def test_dearer_and_better_are_below_zero() -> None:
    assert escalation.saving(np.array([3.0]), np.array([2.0])) == pytest.approx(-0.5)
    assert escalation.loss(np.array([1.0]), np.array([0.5])) == pytest.approx(-0.5)


def test_beside_a_model_that_costs_nothing_no_share_is_saved() -> None:
    assert np.isnan(escalation.saving(np.ones(2), np.zeros(2)))
