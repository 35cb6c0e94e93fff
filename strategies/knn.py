"""The models that did best on the most similar recorded prompts.

Embed the prompt with MiniLM, take the k nearest prompts of the training data by cosine, and expect of each model the mean quality it had
on them, at its mean cost. Lines that many training prompts share (templates, few-shot examples) are left out before embedding.

Source: the field's plain baseline (RouterBench: Hu et al., arXiv 2403.12031).
Learns from: recorded outcomes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and a product with the training vectors.
Score: quality against cost, weighed by lambda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Vectors, shared
from workbench.recorded import Floats, Recorded
from workbench.strategy import param
from workbench.template import particular, shared_lines
from workbench.tradeoff import Estimates, TradeOff
from workbench.types import Prompt

BATCH = 2048
"""Prompts compared with the training data at once: bounds memory."""


def _none() -> NDArray[Any]:
    return np.empty((0, 0))


@dataclass
class Knn(TradeOff):
    k: int = param(40, "Similar prompts to look at.", low=1, high=10_000)
    _template: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _vectors: NDArray[np.float32] = field(default_factory=_none, init=False, repr=False, compare=False)
    _quality: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _cost: Floats = field(default_factory=_none, init=False, repr=False, compare=False)

    def learn(self, recorded: Recorded) -> None:
        self._template = shared_lines([p.text for p in recorded.prompts])
        self._vectors = self._embedded(recorded.prompts)
        self._quality = recorded.quality
        self._cost = recorded.cost.mean(axis=0)

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        vectors = self._embedded(prompts)
        quality = np.concatenate([self._nearest(vectors[i : i + BATCH]) for i in range(0, len(vectors), BATCH)])
        return Estimates(quality, np.repeat(self._cost[None], len(quality), axis=0))

    def _embedded(self, prompts: Sequence[Prompt]) -> Vectors:
        return shared().embed([particular(p.text, self._template) for p in prompts])

    def _nearest(self, vectors: NDArray[np.float32]) -> Floats:
        """(n, m): mean quality of every model on the k training prompts nearest to each of n vectors."""
        k = min(self.k, len(self._vectors))
        similar = vectors @ self._vectors.T
        nearest = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        return np.asarray(self._quality[nearest].sum(axis=1) / k)

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "template": sorted(self._template),
            "vectors": self._vectors,
            "quality": self._quality,
            "cost": self._cost,
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._template = frozenset(state["template"])
        self._vectors, self._quality, self._cost = state["vectors"], state["quality"], state["cost"]
