"""Whether predicted qualities come true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hull import Floats
from .proportion import Z95


@dataclass(frozen=True, slots=True)
class Bin:
    predicted: float
    realised: float
    low: float
    high: float
    """95 % interval of the realised mean."""
    count: int


def bins(predicted: Floats, realised: Floats, count: int = 10) -> list[Bin]:
    """Predictions in order, cut into bins of equal count: mean predicted and mean realised quality of each."""
    order = np.argsort(predicted, kind="stable")
    return [
        _bin(predicted[part], realised[part]) for part in np.array_split(order, min(count, len(order))) if len(part)
    ]


def _bin(predicted: Floats, realised: Floats) -> Bin:
    mean, n = float(realised.mean()), len(realised)
    half = Z95 * float(realised.std(ddof=1)) / n**0.5 if n > 1 else 1.0
    return Bin(float(predicted.mean()), mean, max(0.0, mean - half), min(1.0, mean + half), n)


def expected_error(predicted: Floats, realised: Floats, count: int = 10) -> float:
    """ECE over bins of equal count: mean distance of realised from predicted quality, weighed by the bins' counts."""
    found = bins(predicted, realised, count)
    return sum(b.count * abs(b.realised - b.predicted) for b in found) / sum(b.count for b in found)


def brier(predicted: Floats, realised: Floats) -> float:
    """Mean squared distance (Brier, 1950)."""
    return float(np.mean((predicted - realised) ** 2))
