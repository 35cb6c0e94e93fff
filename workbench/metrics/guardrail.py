"""Stop rules: whether a cost, a latency or an error rate is shown above its limit, looked at after every observation.

For a mean of at most `limit`, a stake on each observation being above it makes no money in expectation, however heavy the tail:
the product of 1 + stake x (x / limit - 1) is a supermartingale for every x of 0 or more, bounded or not. The mean of 11 such
capitals exceeds 1/alpha with probability alpha at most, at any time (Ville; Waudby-Smith and Ramdas, arXiv 2010.09686).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

from .betting import STAKES

Floats = NDArray[np.float64]


@dataclass
class Guardrail:
    """One limit, watched. Raises BadInput for a limit that is not above 0."""

    limit: float
    alpha: float
    n: int = 0
    total: float = 0.0
    log_e: float = 0.0
    """Log of the largest e-value so far."""
    crossed: int | None = None
    """Number of observations after which the mean was first shown above the limit."""
    _logs: Floats = field(default_factory=lambda: np.zeros(len(STAKES)), repr=False)

    def __post_init__(self) -> None:
        if not self.limit > 0:
            raise BadInput(f"the limit of a guardrail must be above 0, not {self.limit:g}")

    def add(self, x: float) -> None:
        """Take the next observation. Raises BadInput where it is below 0 or not finite."""
        if not 0 <= x < float("inf"):
            raise BadInput("a guardrail watches numbers of 0 or more: costs, seconds, failures")
        self.n, self.total = self.n + 1, self.total + x
        self._logs += np.log1p(STAKES * (x / self.limit - 1))
        top = float(self._logs.max())
        self.log_e = max(self.log_e, top + log(float(np.exp(self._logs - top).mean())))
        if self.crossed is None and self.log_e >= log(1 / self.alpha):
            self.crossed = self.n
