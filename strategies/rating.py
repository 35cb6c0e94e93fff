"""Ratings of the models made anew for each prompt, from who won on prompts like it.

A Bradley-Terry rating in which every comparison counts by how alike its prompt is, exp(sharpness x cosine), and a part of the plain
rating is mixed in; solved for a whole batch at once.

Source: RouteLLM's similarity-weighted ranking (Ong et al., arXiv 2406.18665, section 4.2).
Learns from: recorded outcomes, two models compared at a time, or from votes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and some tens of microseconds of rating.
Score: expected quality against cost, weighed by lambda.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._bradley_terry import chances
from strategies._preferring import Preferring
from workbench.embed import Vectors
from workbench.recorded import Floats
from workbench.strategy import param

LEAST, PRIOR = 0.01, 0.5
"""Wins that every two models are given over each other, so that each has won and lost: a share of a prompt's, or half of one vote
where there are so few that this is more."""


@dataclass
class Rating(Preferring):
    sharpness: float = param(
        10.0, "How much more a prompt counts that is more alike; 0 counts all the same.", low=0, high=100
    )
    common: float = param(
        0.3, "Weight of the plain rating of all prompts beside that of prompts alike.", low=0, high=100
    )
    _wins: NDArray[np.float32] = field(
        default_factory=lambda: np.empty((0, 0), np.float32), init=False, repr=False, compare=False
    )
    """(n, m x m)."""
    _everyone: NDArray[np.float32] = field(
        default_factory=lambda: np.empty(0, np.float32), init=False, repr=False, compare=False
    )
    """(m x m,), their mean."""

    def prefer(self, vectors: Vectors, wins: Floats) -> None:
        self._wins = wins.reshape(len(wins), -1).astype(np.float32)
        self._everyone = self._wins.mean(axis=0)

    def rated(self, vectors: Vectors, similar: Vectors) -> Floats:
        weights = np.exp(self.sharpness * (similar - 1))
        weights /= weights.sum(axis=1, keepdims=True)
        m = round(self._wins.shape[1] ** 0.5)
        tables = weights @ self._wins + self.common * self._everyone
        return chances(tables.reshape(-1, m, m) + _ties(m, len(self._wins)))

    def state(self) -> dict[str, Any]:
        return super().state() | {"wins": self._wins}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._wins = state["wins"]
        self._everyone = self._wins.mean(axis=0)


@cache
def _ties(m: int, n: int) -> Floats:
    """(m, m), of m models and n prompts."""
    return np.asarray(max(LEAST, PRIOR / n) * (1 - np.eye(m)))
