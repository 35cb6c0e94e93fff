"""Prompts and models as factors, fitted to who won against whom.

A model's strength on a prompt is its own level and the product of its factors with the prompt's, which are a linear map of the MiniLM
vector; the chance to win is the logistic function of the difference.

Source: RouteLLM's matrix factorisation (Ong et al., arXiv 2406.18665, section 4.2).
Learns from: recorded outcomes, two models compared at a time, or from votes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and two small products.
Score: expected quality against cost, weighed by lambda.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from strategies._preferring import Preferring
from workbench.embed import Vectors
from workbench.errors import BadInput
from workbench.recorded import Floats
from workbench.strategy import param

PENALTIES = (0.001, 0.003, 0.01)
"""Weights of the squared factors against the mean loss of a prompt; a third of the prompts, held out, chooses one."""
FEWEST = 3
"""Prompts."""
STEPS, RATE, KEPT = 150, 0.03, (0.9, 0.99)
"""Of Adam (Kingma and Ba, 2015): steps, their size, and how much of the mean of slopes and of their squares is kept."""


@dataclass
class Factor(Preferring):
    rank: int = param(8, "Factors of a prompt and of a model.", low=1, high=64, unit="factors", learned=True)
    _map: Floats = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False, compare=False)
    """(1 + dim, rank): the mean vector's factors taken off, then the map."""
    _factors: Floats = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False, compare=False)
    """(m, 1 + rank): level and factors of every model."""

    def prefer(self, vectors: Vectors, wins: Floats) -> None:
        if len(vectors) < FEWEST:
            raise BadInput(
                f"factor has nothing to learn from: it needs {FEWEST} prompts or more with their texts and there are {len(vectors)}; "
                "take rating, which can do without"
            )
        middle = vectors.mean(axis=0)
        x = vectors.astype(float) - middle
        wins = wins / max(wins.sum() / len(x), 1e-12)
        apart = np.random.default_rng(0).permutation(len(x)) % 3 == 0
        losses = [_loss(x[apart], wins[apart], *self._parts(x[~apart], wins[~apart], one)) for one in PENALTIES]
        turn, models, level = self._parts(x, wins, PENALTIES[int(np.argmin(losses))])
        self._map = np.vstack([-middle @ turn, turn])
        self._factors = np.hstack([level[:, None], models])

    def _parts(self, x: Floats, wins: Floats, penalty: float) -> list[Floats]:
        """The map, the models' factors and their levels."""
        rng, m = np.random.default_rng(0), wins.shape[1]
        parts = [rng.normal(0, 0.3, (x.shape[1], self.rank)), rng.normal(0, 0.3, (m, self.rank)), np.zeros(m)]
        games = wins + wins.transpose(0, 2, 1)
        steps = [_Adam(part) for part in parts]
        for _ in range(STEPS):
            for part, step, slope in zip(parts, steps, _slopes(x, wins, games, penalty, *parts), strict=True):
                part -= step.of(slope)
        return parts

    def rated(self, vectors: Vectors, similar: Vectors) -> Floats:
        strength = (self._map[0] + vectors @ self._map[1:]) @ self._factors[:, 1:].T + self._factors[:, 0]
        m = strength.shape[1]
        return np.asarray((_chances(strength).sum(axis=2) - 0.5) / max(1, m - 1))

    def state(self) -> dict[str, Any]:
        return super().state() | {"map": self._map, "factors": self._factors}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._map, self._factors = state["map"], state["factors"]


def _slopes(
    x: Floats, wins: Floats, games: Floats, penalty: float, turn: Floats, models: Floats, level: Floats
) -> list[Floats]:
    """Of the mean loss over prompts, by the map, the models' factors and their levels."""
    factors = x @ turn
    off = (games * _chances(factors @ models.T + level) - wins).sum(axis=2) / len(x)
    return [x.T @ (off @ models) + penalty * turn, off.T @ factors + penalty * models, off.sum(axis=0)]


def _loss(x: Floats, wins: Floats, turn: Floats, models: Floats, level: Floats) -> float:
    """Mean surprise at who won."""
    chances = _chances(x @ turn @ models.T + level)
    return float(-(wins * np.log(np.maximum(chances, 1e-12))).sum() / len(x))


def _chances(strength: Floats) -> Floats:
    """(n, m, m): of the row's model to win against the column's."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * (strength[:, :, None] - strength[:, None, :]))))


class _Adam:
    """Step sizes of one array."""

    def __init__(self, part: Floats) -> None:
        self._mean, self._square, self._n = np.zeros_like(part), np.zeros_like(part), 0

    def of(self, slope: Floats) -> Floats:
        self._n += 1
        one, two = KEPT
        self._mean = one * self._mean + (1 - one) * slope
        self._square = two * self._square + (1 - two) * slope**2
        scale = np.sqrt(self._square / (1 - two**self._n)) + 1e-9
        return np.asarray(RATE * self._mean / (1 - one**self._n) / scale)
