"""Strengths of models from who won against whom (Bradley and Terry, 1952), for many tables of wins at once."""

from __future__ import annotations

import numpy as np

from workbench.recorded import Floats

STEPS = 60


def strengths(wins: Floats, steps: int = STEPS) -> Floats:
    """(b, m): of b tables (b, m, m) of how often the row's model beat the column's; geometric mean 1.

    By minorisation and maximisation (Hunter, 2004). Every model must have won and lost, else its strength runs to an end.
    """
    games = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2)
    found = np.ones_like(won)
    for _ in range(steps):
        found = won / (games / (found[:, :, None] + found[:, None, :])).sum(axis=2)
        found /= np.exp(np.log(found).mean(axis=1, keepdims=True))
    return np.asarray(found)


def rates(strength: Floats) -> Floats:
    """(b, m): chance of each model to win against another of the pool, drawn at random."""
    odds = strength[:, :, None] / (strength[:, :, None] + strength[:, None, :])
    m = strength.shape[1]
    return np.asarray((odds.sum(axis=2) - 0.5) / max(1, m - 1))
