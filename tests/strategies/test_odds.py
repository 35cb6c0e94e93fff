from __future__ import annotations

import numpy as np
import pytest

from strategies._odds import logistic, logit, sigmoid


def test_logistic_finds_the_odds_of_shares() -> None:
    x = np.array([[1.0, 0.0]] * 50 + [[1.0, 1.0]] * 50)
    found = logistic(x, np.array([0.2] * 50 + [0.9] * 50))
    assert sigmoid(x[[0, -1]] @ found) == pytest.approx([0.2, 0.9], abs=0.005)


def test_one_class_only_stays_finite() -> None:
    found = logistic(np.ones((40, 1)), np.ones(40))
    assert np.isfinite(found).all()
    assert sigmoid(found)[0] > 0.99
    assert logit(sigmoid(np.array([2.0]))) == pytest.approx([2.0])
