"""RouterArena's figures (arXiv 2510.00202): one score of accuracy and cost, and how near a router is to the best choice."""

from __future__ import annotations

from math import log2

import numpy as np

from .hull import Floats

BETA = 0.1
DEAREST, CHEAPEST = 200.0, 0.0044
"""USD per 1,000 prompts between which a cost counts; beyond them it counts as the limit."""


def score(accuracy: float, cost: float) -> float:
    """Weighted harmonic mean of accuracy and cheapness: (1 + b) A C / (b A + C), C on a log scale; cost in $ per 1,000."""
    clipped = min(max(cost, CHEAPEST), DEAREST)
    cheap = (log2(DEAREST) - log2(clipped)) / (log2(DEAREST) - log2(CHEAPEST))
    return (1 + BETA) * accuracy * cheap / (BETA * accuracy + cheap) if accuracy and cheap else 0.0


def optimal_selection(chosen: Floats, quality: Floats, cost: Floats) -> float:
    """Of the prompts answered right, the share that the cheapest model able to do so answered. chosen (n,), others (n, m)."""
    n = np.arange(len(chosen))
    right = quality >= 1.0
    cheapest = np.where(right, cost, np.inf).argmin(axis=1)
    solved = right[n, chosen]
    return float((cheapest == chosen)[solved].mean()) if solved.any() else 0.0


def optimal_cost(spent: Floats, chosen: Floats, quality: Floats, cost: Floats) -> float:
    """Cost of the cheapest right model over the cost spent, summed over the prompts that were answered right."""
    n = np.arange(len(chosen))
    right = quality >= 1.0
    solved = right[n, chosen]
    least = np.where(right, cost, np.inf).min(axis=1)
    return float(least[solved].sum() / spent[solved].sum()) if solved.any() and spent[solved].sum() else 0.0


def optimal_accuracy(reached: Floats, quality: Floats) -> float:
    """Accuracy reached over the accuracy of an oracle that picks the best model for every prompt."""
    best = float(quality.max(axis=1).mean())
    return float(reached.mean()) / best if best else 0.0


def robustness(before: Floats, after: Floats) -> float:
    """Share of prompts whose choice stays when the prompt is put in other words. (n,) choices."""
    return float(np.mean(before == after))
