"""How many prompts an experiment needs, before it begins or in the middle of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .betting import ALPHA, STAKES, bets, checked

SLACK = {0.5: 1.0, 0.8: 1.35, 0.9: 1.6, 0.95: 1.85}
"""Times the expected stopping time that reaches a power, from `workbench bench peeking`."""


@dataclass(frozen=True, slots=True)
class Size:
    anytime: int
    """Prompts for the test that may be looked at any time."""
    fixed: int
    """Prompts for the usual test, looked at once."""


def sample_size(difference: float, sd: float, power: float = 0.8, alpha: float = ALPHA) -> Size:
    """Paired prompts to see a mean difference, given the standard deviation of the differences. Raises ValueError at 0.

    Fixed: ((z(1 - alpha/2) + z(power)) sd / difference)^2. Anytime: the capital grows by difference^2 / (2 (sd^2 + difference^2)) a
    prompt (in logs, at the best stake) and must reach 22 / alpha: one of 22 bets carries it alone.
    """
    if not difference:
        raise ValueError("no number of prompts shows a difference of 0")
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    spread = sd * sd + difference * difference
    growth = difference * difference / (2 * spread)
    slack = float(np.interp(power, list(SLACK), list(SLACK.values())))
    return Size(ceil(slack * log(2 * len(STAKES) / alpha) / growth), ceil((z * sd / difference) ** 2))


def more_needed(values: ArrayLike, mean: float = 0.0, alpha: float = ALPHA) -> int | None:
    """About how many more observations like these would refute `mean`; None where none of these bets against it would have gained: they are too near to it to say."""
    x = checked(values)
    if len(x) < 2:
        return None
    stakes = bets(mean)[:, 0]
    growth = np.log1p(stakes[:, None] * (x - mean)).mean(axis=1).max()
    if growth <= 1e-6:
        return None
    return max(0, ceil(log(2 * len(STAKES) / alpha) / float(growth)) - len(x))
