"""Anytime-valid inference on a bounded mean, by betting: look after every observation, stop when you like.

For a supposed mean m, stake a fixed share of a capital of 1 on each observation being above (or below) m. If m is true no way of
betting makes money in expectation, so the capital exceeds 1/alpha with probability alpha at most, at any time (Ville). The mean
of 22 such capitals, one for each stake, is again one. The interval holds every m that has not been refuted (Waudby-Smith and
Ramdas, arXiv 2010.09686). Observations lie in [-1, 1]: differences of two qualities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import BadInput

from .estimate import Estimate

Floats = NDArray[np.float64]
ALPHA = 0.05
STAKES = np.geomspace(0.005, 0.8, 11)
"""Shares of the most that can be staked without risking ruin; each is bet both ways."""
CELLS = 401
"""Supposed means of the grid, evenly from -1 to 1; 0 is one of them."""


def checked(values: ArrayLike) -> Floats:
    """(n,) observations. Raises BadInput where one is not a number from -1 to 1."""
    x = np.asarray(values, dtype=float)
    if not ((x >= -1) & (x <= 1)).all():
        raise BadInput("differences must be numbers from -1 to 1: qualities must be from 0 to 1")
    return x


def bets(mean: ArrayLike) -> Floats:
    """(22, cells) stakes for supposed means: 11 on more, then 11 on less. A bet times (x - mean) is above -1 for all x."""
    m = np.asarray(mean, dtype=float)
    more = STAKES[:, None] / np.maximum(1 + m, 1e-9)
    less = -STAKES[:, None] / np.maximum(1 - m, 1e-9)
    return np.concatenate([np.minimum(more, 1e6), np.maximum(less, -1e6)])


def log_capitals(values: ArrayLike, means: ArrayLike) -> Floats:
    """(22, cells): log of each bet's capital after all observations, for each supposed mean. Their order does not matter."""
    x, count = np.unique(checked(values), return_counts=True)
    m = np.atleast_1d(np.asarray(means, dtype=float))
    stakes, total = bets(m), np.zeros((2 * len(STAKES), len(m)))
    for value, times in zip(x.tolist(), count.tolist(), strict=True):
        total += times * np.log1p(np.maximum(stakes * (value - m), -1 + 1e-12))
    return total


def evidence(values: ArrayLike, mean: float = 0.0, side: str = "both") -> float:
    """Log of the e-value against a mean: `more` and `less` say on which side of it the truth is looked for.

    One-sided evidence is against every mean on the other side too (of at most, or at least, this). Reject at level alpha when it
    exceeds log(1 / alpha).
    """
    capitals = log_capitals(values, mean)[:, 0]
    half = len(STAKES)
    chosen = {"both": capitals, "more": capitals[:half], "less": capitals[half:]}[side]
    return float(_log_mean(chosen[:, None])[0])


def interval(values: ArrayLike, alpha: float = ALPHA) -> Estimate:
    """The mean with an interval that holds at every time you look. Rounded outward to the grid; without values, [-1, 1]."""
    x = checked(values)
    grid = np.linspace(-1, 1, CELLS)
    low, high = _kept(grid, _log_mean(log_capitals(x, grid)), alpha)
    return Estimate(float(x.mean()) if len(x) else 0.0, low, high)


def share(values: ArrayLike, alpha: float = ALPHA) -> Estimate:
    """The mean of observations from 0 to 1 (qualities, failures), with an interval within 0 to 1 that holds at every time."""
    found = interval(2 * np.asarray(values, dtype=float) - 1, alpha)
    value, low, high = ((x + 1) / 2 for x in (found.value, found.low, found.high))
    return Estimate(value, low, high)


@dataclass(frozen=True)
class Look:
    """What was known after n observations."""

    n: int
    estimate: Estimate
    """The mean; the interval holds at this look and all others together."""
    log_e: float
    """Log of the evidence against a mean of 0 at this look."""


def path(values: ArrayLike, looks: Sequence[int], alpha: float = ALPHA) -> list[Look]:
    """What was known at each of the looks (rising counts from 1 to n). What an earlier one refuted stays refuted."""
    x = checked(values)
    grid = np.linspace(-1, 1, CELLS)
    logs, most, seen, found = np.zeros((2 * len(STAKES), CELLS)), np.zeros(CELLS), 0, []
    for n in looks:
        logs += log_capitals(x[seen:n], grid)
        now = _log_mean(logs)
        most, seen = np.maximum(most, now), n
        estimate = Estimate(float(x[:n].mean()), *_kept(grid, most, alpha))
        found.append(Look(n, estimate, float(now[CELLS // 2])))
    return found


def _kept(grid: Floats, capital: Floats, alpha: float) -> tuple[float, float]:
    """Ends of what is not refuted, each moved out to the next refuted cell."""
    kept = np.flatnonzero(capital < log(1 / alpha))
    if not len(kept):  # between two cells: everything is refuted but a point
        peak = int(capital.argmin())
        kept = np.array([peak])
    return float(grid[max(kept[0] - 1, 0)]), float(grid[min(kept[-1] + 1, len(grid) - 1)])


def _log_mean(logs: Floats) -> Floats:
    """Log of the mean of capitals given by their logs, down the first axis."""
    top = logs.max(axis=0)
    return np.asarray(top + np.log(np.exp(logs - top).mean(axis=0)))


@dataclass
class Bettor:
    """The same, one observation at a time. `interval` only ever shrinks: what was refuted once stays refuted."""

    alpha: float = ALPHA
    n: int = 0
    total: float = 0.0
    _grid: Floats = field(default_factory=lambda: np.linspace(-1, 1, CELLS), repr=False)
    _logs: Floats = field(default_factory=lambda: np.zeros((2 * len(STAKES), CELLS)), repr=False)
    _most: Floats = field(default_factory=lambda: np.zeros(CELLS), repr=False)

    def add(self, value: float) -> None:
        """Take the next observation. Raises BadInput where it is not from -1 to 1."""
        (x,) = checked([value])
        self.n, self.total = self.n + 1, self.total + x
        self._logs += np.log1p(np.maximum(bets(self._grid) * (x - self._grid), -1 + 1e-12))
        np.maximum(self._most, _log_mean(self._logs), out=self._most)

    @property
    def interval(self) -> Estimate:
        low, high = _kept(self._grid, self._most, self.alpha)
        return Estimate(float(self.total / self.n) if self.n else 0.0, low, high)

    @property
    def e_value(self) -> float:
        """Largest evidence so far against a mean of 0, as a factor."""
        return exp(float(self._most[CELLS // 2]))


def first_look(values: Floats, alpha: float = ALPHA, mean: float = 0.0) -> NDArray[np.intp]:
    """(runs,): observation at which each of (runs, n) experiments, looked at every time, rejects `mean`; n + 1 for never."""
    stakes = bets(mean)[:, 0]
    logs = np.zeros((len(stakes), len(values)))
    stopped = np.full(len(values), values.shape[1] + 1)
    for n in range(values.shape[1]):
        logs += np.log1p(stakes[:, None] * (values[:, n] - mean))
        newly = (_log_mean(logs) >= log(1 / alpha)) & (stopped > n + 1)
        stopped[newly] = n + 1
    return stopped


def unpaired(treated: NDArray[np.bool_], outcome: ArrayLike, probability: float = 0.5) -> Floats:
    """Observations for two arms that share no prompt: their mean is in the direction of treated minus control, in [-1, 1].

    (A - p) (y - mean of the earlier y) / max(p, 1 - p): its expectation is 0 when treatment changes nothing. Outcomes in 0..1.
    """
    y = np.asarray(outcome, dtype=float)
    before = np.concatenate([[0.5], np.cumsum(y)[:-1] / np.arange(1, len(y))]) if len(y) else y
    return np.asarray((treated - probability) * (y - before) / max(probability, 1 - probability))
