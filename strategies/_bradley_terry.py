"""Strengths of models from who won against whom (Bradley and Terry, 1952), for many tables of wins at once."""

from __future__ import annotations

import numpy as np

from workbench.recorded import Floats

STEPS = 60
"""At most; none to two are usual."""
CLOSE = 1e-4
"""Largest difference between wins and expected wins that is left, as a share of a model's wins."""
FAINT = 1e-6
REACH = 2.0
"""Longest move of a logarithm in one step."""


def strengths(wins: Floats, steps: int = STEPS) -> Floats:
    """(b, m): of b tables (b, m, m) of how often the row's model beat the column's; geometric mean 1.

    By Newton's method on the logarithms, from the mean log odds, which are the answer already where two models play. Every model
    must have won and lost, else its strength runs to an end.
    """
    games, won = wins + wins.transpose(0, 2, 1), wins.sum(axis=2)
    close = CLOSE * won.max()
    found = _mean_odds(wins, games)
    for _ in range(steps if wins.shape[1] > 2 else 0):
        chance = _chances(found)
        expected = games * chance
        gap = won - expected.sum(axis=2)
        if np.abs(gap).max() <= close:
            break
        found = found + np.minimum(np.maximum(_step(expected * (1 - chance), gap), -REACH), REACH)
    return np.asarray(np.exp(found - found.mean(axis=1, keepdims=True)))


def _mean_odds(wins: Floats, games: Floats) -> Floats:
    """(b, m): mean logarithm of wins against losses; none of either counts as a faint share of the games."""
    logs = np.log(np.maximum(wins, games * FAINT) + 1e-300)
    return np.asarray((logs - logs.transpose(0, 2, 1)).sum(axis=2) / wins.shape[1])


def _chances(found: Floats) -> Floats:
    """(b, m, m): of the row's model to win against the column's, by logarithms of strengths."""
    return np.asarray(1 / (1 + np.exp(found[:, None, :] - found[:, :, None])))


def _step(curved: Floats, gap: Floats) -> Floats:
    """(b, m): Newton's step. Strengths are known up to a factor: a step does not move their mean."""
    m = gap.shape[1]
    at = np.arange(m)
    slope = 1 / m - curved
    slope[:, at, at] += curved.sum(axis=2) + 1e-9
    return np.asarray(np.linalg.solve(slope, gap[:, :, None])[:, :, 0])


def chances(wins: Floats) -> Floats:
    """(b, m): of each model to win against another, drawn at random, by the strengths of b tables (b, m, m); of two, what they won."""
    if wins.shape[1] == 2:
        won = np.stack([wins[:, 0, 1], wins[:, 1, 0]], axis=1)
        return np.asarray(won / won.sum(axis=1, keepdims=True))
    return rates(strengths(wins))


def rates(strength: Floats) -> Floats:
    """(b, m): chance of each model to win against another of the pool, drawn at random."""
    odds = strength[:, :, None] / (strength[:, :, None] + strength[:, None, :])
    m = strength.shape[1]
    return np.asarray((odds.sum(axis=2) - 0.5) / max(1, m - 1))
