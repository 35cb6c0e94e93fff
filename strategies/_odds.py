"""Log-odds: fitted to shares from 0 to 1, and to probabilities and back."""

from __future__ import annotations

import numpy as np

from workbench.recorded import Floats

ROUNDS, PRIOR = 30, 0.01


def logistic(features: Floats, shares: Floats) -> Floats:
    """(d,): log-odds of shares 0..1 by Newton's method, with a faint pull to 0 that keeps separable data finite."""
    weights = np.zeros(features.shape[1])
    for _ in range(ROUNDS):
        p = sigmoid(features @ weights)
        slope = features.T @ (shares - p) - PRIOR * weights
        bend = (features * (p * (1 - p))[:, None]).T @ features + PRIOR * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights + step * min(1.0, 5 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-8:
            break
    return weights


def sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))


def logit(p: Floats) -> Floats:
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside))
