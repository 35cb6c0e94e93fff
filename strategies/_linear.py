"""Least squares with a penalty, for many targets at once, judged by leaving each row out; and what makes it a probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.recorded import Floats

PENALTIES = tuple(2.0**k for k in range(9))
ROUNDS, PRIOR = 30, 0.01


@dataclass(frozen=True)
class Line:
    """A linear prediction of m targets from d features."""

    weights: Floats
    """(d, m)."""
    at_zero: Floats
    """(m,)."""

    def of(self, features: Floats) -> Floats:
        return np.asarray(features @ self.weights + self.at_zero)


def ridge(features: Floats, targets: Floats) -> tuple[Line, Floats]:
    """The line, and (n, m) what it would have predicted for each row without having seen it (exact: PRESS, Allen 1974).

    The penalty is the one whose left-out predictions are best at telling the targets of a row apart: a choice among
    models is made by differences.
    """
    middle, mean = features.mean(axis=0), targets.mean(axis=0)
    spectrum, rows, columns = _decomposed(features - middle)
    aimed = rows.T @ (targets - mean)
    best: tuple[float, float, Floats] | None = None
    for penalty in PENALTIES:
        kept = spectrum / (spectrum + penalty)
        leverage = np.minimum(rows**2 @ kept + 1 / len(features), 0.999)
        missed = (targets - mean - rows @ (kept[:, None] * aimed)) / (1 - leverage)[:, None]
        error = float((_differences(missed) ** 2).mean())
        if best is None or error < best[0]:
            best = error, penalty, targets - missed
    assert best is not None
    weights = columns @ ((np.sqrt(spectrum) / (spectrum + best[1]))[:, None] * aimed)
    return Line(weights, mean - middle @ weights), best[2]


def _differences(missed: Floats) -> Floats:
    return missed - missed.mean(axis=1, keepdims=True) if missed.shape[1] > 1 else missed


def _decomposed(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Squared singular values above rounding, left and right vectors, by the smaller of the two Gram matrices."""
    n, d = x.shape
    values, vectors = np.linalg.eigh(x.T @ x if d <= n else x @ x.T)
    kept = values > max(float(values[-1]), 1e-12) * 1e-9
    values, vectors = values[kept], vectors[:, kept]
    other = (x @ vectors if d <= n else x.T @ vectors) / np.sqrt(values)
    return (values, other, vectors) if d <= n else (values, vectors, other)


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
