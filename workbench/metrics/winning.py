"""Anytime-valid win rates: votes that are no ties, against the supposition that both sides win alike.

The capital is a Beta mixture of likelihood ratios (the beta-binomial e-process, Robbins 1970): valid however often you look.
"""

from __future__ import annotations

from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

from .estimate import Estimate

ALPHA = 0.05
PRIOR = 20.0
"""Both shapes of the Beta mixture: expects win rates near a half, as routers that are worth comparing have."""


def log_evidence(wins: int, losses: int, rate: float = 0.5) -> float:
    """Log of the e-value against a win rate."""
    mixed = lgamma(wins + PRIOR) + lgamma(losses + PRIOR) - lgamma(wins + losses + 2 * PRIOR)
    prior = 2 * lgamma(PRIOR) - lgamma(2 * PRIOR)
    return mixed - prior - wins * log(rate) - losses * log(1 - rate)


def win_rate(wins: int, losses: int, alpha: float = ALPHA) -> Estimate:
    """Share of wins among decided votes, with an interval that holds at every time you look."""
    n = wins + losses
    if not n:
        return Estimate(0.5, 0.0, 1.0)
    share = wins / n
    low = _edge(wins, losses, alpha, 0.0, share) if wins else 0.0
    return Estimate(share, low, _edge(wins, losses, alpha, 1.0, share) if losses else 1.0)


def _edge(wins: int, losses: int, alpha: float, outside: float, inside: float) -> float:
    """The rate between these two at which the evidence against it reaches 1 / alpha: halved until no number is between them."""
    while (rate := (outside + inside) / 2) not in (outside, inside):
        if log_evidence(wins, losses, rate) < log(1 / alpha):
            inside = rate
        else:
            outside = rate
    return outside


def e_value(wins: int, losses: int) -> float:
    """Evidence against equal sides, as a factor."""
    return exp(min(700.0, log_evidence(wins, losses)))


def first_look(won: NDArray[np.bool_], alpha: float = ALPHA) -> NDArray[np.intp]:
    """(runs,): vote at which each of (runs, n) experiments, looked at every time, rejects equal sides; n + 1 for never."""
    n = won.shape[1]
    wins: NDArray[np.intp] = np.cumsum(won, axis=1) - won  # before each vote
    seen = np.arange(n)
    chance = np.where(won, wins + PRIOR, seen - wins + PRIOR) / (seen + 2 * PRIOR)
    crossed = np.cumsum(np.log(chance / 0.5), axis=1) >= log(1 / alpha)
    return np.asarray(np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, n + 1), dtype=np.intp)
