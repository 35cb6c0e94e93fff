from __future__ import annotations

import numpy as np
import pytest

from strategies._linear import logistic, logit, ridge, sigmoid


def test_left_out_predictions_are_those_of_fits_without_the_row() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 4))
    y = x @ rng.normal(size=(4, 2)) + 0.1 * rng.normal(size=(30, 2))
    line, left_out = ridge(x, y)
    penalty = next(p for p in 2.0 ** np.arange(9) if np.allclose(line.weights, _plain(x, y, p)[0], atol=1e-6))
    for i in (0, 7, 29):
        kept = np.delete(np.arange(30), i)
        weights, start = _plain(x[kept], y[kept], penalty, x.mean(axis=0))
        assert left_out[i] == pytest.approx(x[i] @ weights + start, abs=0.02)


def _plain(x: np.ndarray, y: np.ndarray, penalty: float, _: object = None) -> tuple[np.ndarray, np.ndarray]:
    middle, mean = x.mean(axis=0), y.mean(axis=0)
    weights = np.linalg.solve((x - middle).T @ (x - middle) + penalty * np.eye(x.shape[1]), (x - middle).T @ (y - mean))
    return weights, mean - middle @ weights


def test_more_features_than_rows_give_the_same_line() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    wide = np.hstack([x, np.zeros((12, 20))])
    assert ridge(wide, y)[0].of(wide) == pytest.approx(ridge(x, y)[0].of(x))


def test_constant_features_and_targets_predict_the_mean() -> None:
    line, left_out = ridge(np.ones((10, 3)), np.full((10, 2), 0.5))
    assert line.of(np.ones((1, 3))) == pytest.approx(np.full((1, 2), 0.5))
    assert left_out == pytest.approx(np.full((10, 2), 0.5))


def test_logistic_finds_the_odds_of_shares() -> None:
    x = np.array([[1.0, 0.0]] * 50 + [[1.0, 1.0]] * 50)
    found = logistic(x, np.array([0.2] * 50 + [0.9] * 50))
    assert sigmoid(x[[0, -1]] @ found) == pytest.approx([0.2, 0.9], abs=0.005)


def test_one_class_only_stays_finite() -> None:
    found = logistic(np.ones((40, 1)), np.ones(40))
    assert np.isfinite(found).all()
    assert sigmoid(found)[0] > 0.99
    assert logit(sigmoid(np.array([2.0]))) == pytest.approx([2.0])
