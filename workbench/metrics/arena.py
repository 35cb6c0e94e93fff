"""RouterArena's figures (arXiv 2510.00202): one score of accuracy and cost, and how near a router is to the best choice."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hull import Floats

Chosen = NDArray[np.integer[Any]]

BETA = 0.1
DEAREST, CHEAPEST = 200.0, 0.0044
"""USD per 1,000 prompts between which a cost counts; beyond them it counts as the limit."""


def score(accuracy: float, cost: float) -> float:
    """Weighted harmonic mean of accuracy and cheapness: (1 + b) A C / (b A + C), C on a log scale; cost in $ per 1,000."""
    clipped = min(max(cost, CHEAPEST), DEAREST)
    cheap = (log2(DEAREST) - log2(clipped)) / (log2(DEAREST) - log2(CHEAPEST))
    return (1 + BETA) * accuracy * cheap / (BETA * accuracy + cheap) if accuracy and cheap else 0.0


def scores(accuracy: Floats, cost: Floats) -> Floats:
    """The same of many accuracies and costs."""
    return np.array([score(a, c) for a, c in zip(accuracy.tolist(), cost.tolist(), strict=True)])


@dataclass(frozen=True, slots=True)
class Ratio:
    """Sum over sum, by prompt: (n,) each."""

    over: Floats
    under: Floats

    @property
    def value(self) -> float:
        """NaN where nothing was answered right."""
        under = float(self.under.sum())
        return float(self.over.sum()) / under if under else float("nan")


def optimal_selection(chosen: Chosen, quality: Floats, cost: Floats) -> Ratio:
    """Of the prompts answered right, the share that the cheapest model able to do so answered (arXiv 2510.00202, section 4).

    `chosen` (n,) are columns of the (n, m) others; one beyond them answered nothing. Right is a quality of 1.
    """
    right, solved = _solved(chosen, quality)
    cheapest = np.where(right, cost, np.inf).argmin(axis=1)
    return Ratio(((cheapest == chosen) & solved).astype(float), solved.astype(float))


def optimal_cost(spent: Floats, chosen: Chosen, quality: Floats, cost: Floats) -> Ratio:
    """Cost of the cheapest right model over the cost spent, over the prompts answered right: 1 is the best there is."""
    right, solved = _solved(chosen, quality)
    least = np.where(right, cost, np.inf).min(axis=1)
    return Ratio(np.where(solved, least, 0.0), np.where(solved, spent, 0.0))


def optimal_accuracy(reached: Floats, quality: Floats) -> Ratio:
    """Accuracy reached over the accuracy of an oracle that picks the best model for every prompt."""
    return Ratio(reached, quality.max(axis=1))


def _solved(chosen: Chosen, quality: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which models are right on each prompt (n, m), and whether the chosen one is (n,)."""
    right = quality >= 1.0
    answered = chosen < quality.shape[1]
    return right, right[np.arange(len(chosen)), np.where(answered, chosen, 0)] & answered


def robustness(before: Chosen, after: Chosen) -> float:
    """Share of prompts whose choice stays when the prompt is put in other words (section 4). (n,) choices."""
    return float(np.mean(before == after))
