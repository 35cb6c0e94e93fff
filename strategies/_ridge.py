"""Linear prediction of many models at once, each direction shrunk as leaving one prompt out says.

The targets are turned to their principal directions first: the first (how hard a prompt is for all) can be predicted far
better than the last, so that each has a penalty of its own. Leaving one out costs one decomposition (Allen's PRESS, 1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.recorded import Floats

PENALTIES = np.geomspace(0.3, 300, 9)


@dataclass(frozen=True)
class Ridge:
    """y = x @ weights + level."""

    weights: Floats
    """(d, m)."""
    level: Floats
    """(m,)."""
    held: Floats
    """(n, m): what is expected of each training row by what did not see it."""


def fit(x: Floats, *targets: Floats) -> list[Ridge]:
    """Of (n, d) inputs to each of several (n, m) targets."""
    middle = x.mean(axis=0)
    inputs = x - middle
    values, vectors = _decomposed(inputs)
    z = inputs @ vectors
    fitted = []
    for y in targets:
        level = y.mean(axis=0)
        turn = np.linalg.svd(y - level, full_matrices=False)[2].T
        turned, held = _directions(values, z, (y - level) @ turn)
        weights = vectors @ turned @ turn.T
        fitted.append(Ridge(weights, level - middle @ weights, held @ turn.T + level))
    return fitted


def _decomposed(x: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues and vectors of x'x, those that can be other than 0."""
    if len(x) < x.shape[1]:
        _, singular, turned = np.linalg.svd(x, full_matrices=False)
        return singular**2, turned.T
    values, vectors = np.linalg.eigh(x.T @ x)
    return np.maximum(values, 0.0), vectors


def _directions(values: Floats, z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Weights and left-out predictions of every column of y, each at the penalty that leaves out best."""
    squares, product = z**2, z.T @ y
    best = np.full(y.shape[1], np.inf)
    weights, held = np.zeros_like(product), np.zeros_like(y)
    for penalty in PENALTIES:
        inverse = 1 / (values + penalty)
        now = product * inverse[:, None]
        left = (y - z @ now) / np.maximum(1 - squares @ inverse - 1 / len(z), 1e-6)[:, None]
        error = (left**2).sum(axis=0)
        better = error < best
        best[better], weights[:, better], held[:, better] = error[better], now[:, better], (y - left)[:, better]
    return weights, held
