"""Routers that learn who wins against whom, from votes or from outcomes compared, and expect a quality of it.

A win rate becomes a quality by what it means for right and wrong answers: when the better of two wins and equals share, a model whose
rate against the pool is r has a quality of 2 (m - 1) / m x (r - 1/2) above the pool's. From votes alone the win rate itself is
the quality, and the price sheet gives the cost of an answer of 300 tokens.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from workbench.embed import Vectors, shared
from workbench.errors import BadInput
from workbench.preferences import Preferences
from workbench.recorded import Floats, Recorded
from workbench.template import particular, shared_lines
from workbench.tradeoff import Estimates, TradeOff, all_believed
from workbench.types import Prompt, Usage, estimate_tokens

ANSWER_TOKENS = 300
BATCH = 2048
"""Prompts compared with the kept ones at once: bounds memory."""
NEAR = 0.5
"""Cosine from which a prompt is never far from the training data."""


@dataclass
class Preferring(TradeOff):
    MOST: ClassVar[int | None] = 4000
    _template: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _level: Floats = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False, compare=False)
    """(4, m): mean quality, mean win rate, quality for a rate, mean cost."""
    _reach: float = field(default=-1.0, init=False, repr=False, compare=False)
    """Cosine to the nearest kept prompt below which one is far: that of the loneliest of them, if it is below NEAR."""
    _kept: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32), init=False, repr=False, compare=False)
    """(n, dim), training prompts."""

    @abstractmethod
    def prefer(self, vectors: Vectors, wins: Floats) -> None:
        """Learn from n prompts' vectors and tables of wins (n, m, m)."""

    @abstractmethod
    def rated(self, vectors: Vectors, similar: Vectors) -> Floats:
        """(n, m): chance of each model to win against another of the pool. `similar`: (n, kept), cosines to the kept prompts."""

    def learn(self, recorded: Recorded) -> None:
        m = len(recorded.ids)
        rates = self._preferred(Preferences.of(recorded))
        slope = np.full(m, 2 * (m - 1) / m)
        self._level = np.stack([recorded.quality.mean(axis=0), rates, slope, recorded.cost.mean(axis=0)])

    def fit_votes(self, votes: Preferences) -> None:
        """Learn from votes in place of outcomes. Raises BadInput for too few."""
        played = votes.wins.sum(axis=(0, 2)) + votes.wins.sum(axis=(0, 1))
        if len(votes.ids) < 2 or not len(votes) or not played.all():
            raise BadInput(
                f"{self.name} has nothing to learn from: it needs votes on two models or more, each compared at least once; "
                "collect votes on the Compare page, import some, or leave out what nobody voted on"
            )
        if self.MOST and len(votes) > self.MOST:
            votes = votes.take(np.linspace(0, len(votes) - 1, self.MOST).astype(np.intp))
        self._models, self._helps, self._belief = votes.ids, True, all_believed()
        rates = self._preferred(votes)
        tokens = int(np.mean([estimate_tokens(p.text) for p in votes.prompts]))
        cost = np.array([model.cost_usd(Usage(tokens, ANSWER_TOKENS)) for model in votes.models])
        self._level = np.stack([rates, rates, np.ones_like(rates), cost])
        self._means, self._scale = np.stack([rates, cost]), float(cost.max()) or 1.0
        self._late = np.full((len(rates), 2 + len(rates)), np.nan)

    def held(self, recorded: Recorded) -> Estimates | None:
        return self.crossed(recorded)

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        rates, nearest = self._read(self._embedded(prompts))
        quality, rate, slope, cost = self._level
        found = np.minimum(np.maximum(quality + slope * (rates - rate), 0), 1)
        return Estimates(found, np.repeat(cost[None], len(found), axis=0), nearest >= self._reach)

    def _read(self, vectors: Vectors) -> tuple[Floats, Vectors]:
        """(n, m) chances to win, and (n,) cosines to the nearest of the kept prompts."""
        rates, nearest = [], []
        for start in range(0, len(vectors), BATCH):
            some = vectors[start : start + BATCH]
            similar = some @ self._kept.T
            rates.append(self.rated(some, similar))
            nearest.append(similar.max(axis=1))
        return np.concatenate(rates), np.concatenate(nearest)

    def _preferred(self, votes: Preferences) -> Floats:
        """Learn; the mean win rate of every model on the prompts learned from."""
        self._template = shared_lines([p.text for p in votes.prompts])
        self._kept = self._embedded(votes.prompts)
        similar = self._kept @ self._kept.T
        np.fill_diagonal(similar, -1.0)
        self._reach = min(NEAR, float(similar.max(axis=1).min()))
        self.prefer(self._kept, votes.wins)
        return np.asarray(self._read(self._kept)[0].mean(axis=0))

    def _embedded(self, prompts: Sequence[Prompt]) -> Vectors:
        return shared().embed([particular(p.text, self._template) for p in prompts])

    def state(self) -> dict[str, Any]:
        parts = {"template": sorted(self._template), "level": self._level, "reach": self._reach, "kept": self._kept}
        return super().state() | parts

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._template, self._reach = frozenset(state["template"]), float(state["reach"])
        self._level, self._kept = state["level"], state["kept"]
