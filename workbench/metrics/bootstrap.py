"""Intervals by drawing the prompts anew: one set of weights serves every mean, curve and difference of a report."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

from .estimate import Estimate
from .hull import Floats

LEVEL = 0.95
Weights = NDArray[np.float32]


def weights(n: int, resamples: int = 1000, seed: int = 0) -> Weights:
    """(resamples, n): how often each of n prompts is drawn, with replacement, n draws a row (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, n), dtype=np.float32)
    for row in out:
        row[:] = np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n)
    return out


def means(values: NDArray[np.floating], drawn: Weights) -> Floats:
    """(resamples, k): mean of each of k columns, values (k, n), in every resample."""
    centre = values.mean(axis=1, keepdims=True, dtype=np.float64)
    around = (values - centre).astype(np.float32)  # single precision is exact enough around the mean
    return np.asarray((drawn @ around.T).astype(np.float64) / values.shape[1] + centre.T)


def interval(value: float, draws: NDArray[np.floating]) -> Estimate:
    """The value with the middle 95 % of its resamples."""
    low, high = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))


def mean(values: NDArray[np.floating], drawn: Weights) -> Estimate:
    """Mean of (n,) values with its interval."""
    return interval(float(values.mean()), means(values[None, :], drawn)[:, 0])


def ratio(over: NDArray[np.floating], under: NDArray[np.floating], drawn: Weights) -> Estimate | None:
    """Sum of (n,) values over the sum of others, such as cost over cost, with its interval; None where the latter is 0."""
    if not under.sum():
        return None
    top, bottom = means(np.stack([over, under]), drawn).T
    draws = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return interval(float(over.sum() / under.sum()), draws)


def curve(cost: Floats, quality: Floats, statistic: Callable[[Floats, Floats], float]) -> Floats:
    """(resamples,): a statistic of the curve of every resample; cost and quality are (resamples, L)."""
    return np.array([statistic(c, q) for c, q in zip(cost, quality, strict=True)])


HALVINGS = 5


def halves(n: int, seed: int = 0) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Five random halvings of n prompts, each used both ways: (prompts to choose on, prompts to judge on)."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(HALVINGS):
        order = rng.permutation(n)
        one, two = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
        pairs += [(one, two), (two, one)]
    return pairs


def half_means(values: NDArray[np.floating], seed: int = 0) -> tuple[Floats, Floats]:
    """Means of (k, n) values over the halves: (10, k) over those to choose on and (10, k) over those to judge on."""
    n = values.shape[1]
    if n < 2:
        raise BadInput(
            f"{n} prompts cannot be halved: settings are chosen on one half and judged on the other; record more"
        )
    found = []
    for side in zip(*halves(n, seed), strict=True):
        picked = np.zeros((len(side), n))
        for row, part in zip(picked, side, strict=True):
            row[part] = 1 / len(part)
        found.append(np.asarray(picked @ values.T))
    return found[0], found[1]
