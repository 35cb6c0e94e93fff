"""Which model to ask next, or whether to stop: expected quality, less a price times cost, one answer ahead.

Models are asked from cheap to dear. Asking one is worth what is expected of the better of its answer and the best dearer model's
(or an earlier answer): its answer tells how good it is before more is paid. That difference is taken as normal, with the spread
that answers of the training prompts had on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from strategies._acceptor import Expected
from strategies._odds import logit, sigmoid
from workbench.recorded import Floats

STOP = -1


@dataclass(frozen=True)
class Lookahead:
    """The policy at one price, over m models in order of their cost."""

    cost: Floats
    """(m,), USD, mean."""
    spread: Floats
    """(m, m): by how much an answer of i changes the difference of i's expected quality and j's; i's own on the diagonal."""
    price: float
    """Quality that a dollar must buy."""
    calls: int
    """Most models asked about one prompt."""
    skips: bool = True
    """Whether a model may be passed over unasked, or each is asked in its turn."""

    def next(self, expected: Floats, asked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], Floats]:
        """For n prompts with expected qualities (n, m): (n,) the model to ask, or STOP; and (n, m) what each is worth.

        Of a model that was asked, that is its answer's expected quality; of one that may not be asked any more, minus infinity.
        """
        n, m = expected.shape
        have = np.where(asked, expected, -np.inf).max(axis=1)
        dearest = np.where(asked, np.arange(m), STOP).max(axis=1)
        made = asked.sum(axis=1)
        worth = np.where(asked, expected, -np.inf)
        for j in range(m):
            turn = dearest < j if self.skips else dearest == j - 1
            open_ = turn & (made < self.calls)
            worth[open_, j] = self._asking(expected[open_], j, have[open_], made[open_] + 1 < self.calls)
        best = worth.argmax(axis=1)
        stays = asked[np.arange(n), best] | (made >= self.calls)
        return np.where(stays, STOP, best), worth

    def _asking(self, expected: Floats, j: int, have: Floats, more: NDArray[np.bool_]) -> Floats:
        """What asking model j is worth, where `have` is the best answer at hand and `more` whether another call may follow."""
        value = expected[:, j]
        if j < len(self.cost) - 1:
            known = np.isfinite(have)
            value = np.where(known, _better(expected[:, j], np.where(known, have, 0.0), self.spread[j, j]), value)
            for k in range(j + 1, len(self.cost)):
                then = _better(expected[:, j], expected[:, k] - self.price * self.cost[k], self.spread[j, k])
                value = np.where(more, np.maximum(value, then), value)
        return np.asarray(value - self.price * self.cost[j])

    def last(self, model: int, made: int) -> bool:
        """Whether nothing is asked after this call, so that its answer is taken as it comes."""
        return model == len(self.cost) - 1 or made + 1 >= self.calls


def _better(one: Floats, other: Floats, spread: float) -> Floats:
    """Expected larger of two whose difference is normal about what it is now (Clark, 1961)."""
    gap = one - other
    if spread <= 1e-9:
        return np.maximum(one, other)
    z = gap / spread
    density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
    return np.asarray(other + spread * density + gap * _normal(z))


def _normal(z: Floats) -> Floats:
    return np.asarray((1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) / 2)


def now_expected(before: Floats, after: Mapping[int, Floats], asked: Sequence[int]) -> Floats:
    """(n, m): by the prompt alone, or after answers, the mean of their log-odds."""
    if not asked:
        return before
    return sigmoid(np.mean([logit(after[i]) for i in asked], axis=0))


def spreads(expected: Expected) -> Floats:
    """(m, m), from what was expected of training prompts before and after each drafter's answer."""
    m = expected.before.shape[1]
    found = np.zeros((m, m))
    for i, after in expected.after.items():
        moved = after - expected.before
        found[i] = (moved[:, [i]] - moved).std(axis=0)
        found[i, i] = moved[:, i].std()
    return found


def walked(policy: Lookahead, expected: Expected) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """(n, m) who was asked about each prompt, and (n,) whose answer was taken."""
    n, m = expected.before.shape
    asked, chosen = np.zeros((n, m), dtype=bool), np.full(n, STOP)
    for made in range(min(policy.calls, m) + 1):
        for rows, seen in _alike(asked, chosen == STOP):
            after = {i: expected.after[i][rows] for i in seen}
            now = now_expected(expected.before[rows], after, seen)
            pick, worth = policy.next(now, asked[rows])
            stops = pick == STOP
            chosen[rows[stops]] = worth[stops].argmax(axis=1)
            asked[rows[~stops], pick[~stops]] = True
            final = np.array([p != STOP and policy.last(int(p), made) for p in pick], dtype=bool)
            chosen[rows[final]] = pick[final]
    return asked, chosen


def _alike(asked: NDArray[np.bool_], still: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], list[int]]]:
    """Prompts that are still open, by the models that were asked about them."""
    rows = np.flatnonzero(still)
    patterns, group = np.unique(asked[rows], axis=0, return_inverse=True)
    return [(rows[group.ravel() == g], np.flatnonzero(pattern).tolist()) for g, pattern in enumerate(patterns)]
