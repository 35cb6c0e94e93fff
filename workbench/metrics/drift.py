"""Whether something has changed: a mean quality against its baseline, and where prompts lie against where they lay.

Both watch a stream that has no end, so what counts is how seldom they cry wolf and how soon they notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

Floats = NDArray[np.float64]
ALARM = 10_000.0
"""Statistic at which a fall, or a rise, is called: on average at most one false alarm of each in as many observations
(Pollak, 1985)."""
STEPS = (0.05, 0.1, 0.2)
"""Changes of the mean that are looked for, each way."""
FEWEST = 100
"""Observations that a baseline is made of."""


@dataclass
class Watch:
    """A mean of values from 0 to 1, watched by two mixtures of Shiryaev-Roberts statistics: of falls, and of rises.

    For each supposed new mean the statistic sums the likelihood ratios of a change at every moment so far: R <- (1 + R) x ratio. With
    values between 0 and 1 the Bernoulli ratio's expectation at the baseline is at most 1, so the mean of a mixture's R grows by
    at most 1 an observation while nothing has changed.
    """

    baseline: float
    alarm: float = ALARM
    n: int = 0
    _sums: Floats = field(init=False, repr=False)
    _ratios: tuple[Floats, Floats] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.baseline < 1:
            raise BadInput(
                f"a baseline must be between 0 and 1, not {self.baseline}: nothing can fall below 0 or rise above 1"
            )
        changed = np.array([self.baseline + sign * step for sign in (-1, 1) for step in STEPS])
        changed = changed.clip(0.005, 0.995)
        self._ratios = np.log(changed / self.baseline), np.log((1 - changed) / (1 - self.baseline))
        self._sums = np.full(len(changed), -np.inf)

    def add(self, value: float) -> bool:
        """The next value, 0..1. Whether a change is called now; it stays called until `restarted`. Raises BadInput."""
        if not 0 <= value <= 1:
            raise BadInput(f"a quality must be from 0 to 1, not {value}")
        up, down = self._ratios
        self._sums = np.logaddexp(0.0, self._sums) + value * up + (1 - value) * down
        self.n += 1
        return self.called

    @property
    def called(self) -> bool:
        return self.evidence >= log(self.alarm)

    @property
    def evidence(self) -> float:
        """Log of the larger mixture's statistic."""
        return max(self._mixtures)

    def called_for(self, direction: str) -> bool:
        """Whether a change `down` or `up` is called, whatever may be called the other way."""
        return self._mixtures[("down", "up").index(direction)] >= log(self.alarm)

    @property
    def direction(self) -> str:
        """Where the mean more likely went: `down` or `up`."""
        fall, rise = self._mixtures
        return "down" if fall >= rise else "up"

    @property
    def _mixtures(self) -> tuple[float, float]:
        fall, rise = np.logaddexp.reduce(self._sums.reshape(2, -1), axis=1) - log(len(STEPS))
        return float(fall), float(rise)


def baseline_of(values: Iterable[float]) -> float:
    """What a Watch begins with: the mean, drawn a little toward a half so that it is never 0 or 1. Raises BadInput when there are too few."""
    x = np.fromiter(values, dtype=float)
    if len(x) < FEWEST:
        raise BadInput(f"a baseline needs {FEWEST} scored answers and there are {len(x)}: score or record more")
    return float((x.sum() + 1) / (len(x) + 2))


LEVEL = 0.001
"""Chance of a false alarm of each window that is compared."""
BATCH = 20
"""Prompts in a row whose mean is one observation."""
BATCHES = 10
"""Observations that each side needs."""
PERMUTATIONS = 4999


@dataclass(frozen=True)
class Shift:
    """Whether a window of vectors has another mean than the reference."""

    statistic: float
    """Squared distance of the two means."""
    p_value: float

    @property
    def called(self) -> bool:
        return self.p_value < LEVEL


def shift(reference: NDArray[np.floating], window: NDArray[np.floating]) -> Shift:
    """A permutation test of (n, d) against (k, d) vectors in the order of their time: the distance of their means (maximum mean
    discrepancy with a linear kernel, Gretton et al., 2012), against that of batches dealt out anew.

    Batches of neighbours and not single prompts are dealt: people ask several prompts of one kind in a row, and a test that takes each
    for a draw of its own (Hotelling's, say) calls such streams steadily. The same vectors give the same answer each time.
    Raises BadInput where either side is too small.
    """
    old, new = _batched(reference), _batched(window)
    if min(len(old), len(new)) < BATCHES:
        raise BadInput(
            f"a shift is looked for in {BATCH * BATCHES} prompts or more against as many, not {len(window)} against {len(reference)}"
        )
    means = np.concatenate([old, new])
    products = means @ means.T
    weights = np.concatenate([np.full(len(old), -1 / len(old)), np.full(len(new), 1 / len(new))])
    statistic = float(weights @ products @ weights)
    dealt = np.random.default_rng(0).permuted(np.tile(weights, (PERMUTATIONS, 1)), axis=1)
    others = np.einsum("ij,ij->i", dealt @ products, dealt)
    return Shift(statistic, float((1 + (others >= statistic - 1e-12).sum()) / (PERMUTATIONS + 1)))


def _batched(vectors: NDArray[np.floating]) -> Floats:
    """Means of whole batches; the first prompts are left out where there are some over."""
    over = len(vectors) % BATCH
    batches = np.asarray(vectors[over:], dtype=np.float64).reshape(-1, BATCH, vectors.shape[1])
    return np.asarray(batches.mean(axis=1))
