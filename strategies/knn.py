"""The models that did best on the most similar recorded prompts.

Embed the prompt with MiniLM, take the k nearest prompts of the training data by cosine, and expect of each model the mean quality it had
on them, at its mean cost. Lines that many training prompts share (templates, few-shot examples) are left out before embedding. What it
expects is the baseline's, as it comes; where choosing by it did not pay on training prompts, each judged by the others, and for a prompt
less alike to any than they are, single models are taken instead.

Source: the field's plain baseline (RouterBench: Hu et al., arXiv 2403.12031).
Learns from: recorded outcomes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and a product with the training vectors.
Score: quality against cost, weighed by lambda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Vectors, shared
from workbench.recorded import Floats, Recorded
from workbench.strategy import param
from workbench.template import particular, shared_lines
from workbench.tradeoff import FOLDS, Estimates, TradeOff
from workbench.types import Prompt

BATCH = 2048
"""Prompts compared with the training data at once: bounds memory."""
NEAR = 0.5
"""Cosine from which a prompt is never far from the training data."""
TRIED = 4000
"""Training prompts that are compared with the others, evenly spread, to see whether neighbours foretell and how far they are."""


def _none() -> NDArray[Any]:
    return np.empty((0, 0))


@dataclass
class Knn(TradeOff):
    BELIEVED: ClassVar[bool] = True
    k: int = param(40, "Similar prompts to look at.", low=1, high=10_000, unit="prompts")
    _template: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _vectors: NDArray[np.float32] = field(default_factory=_none, init=False, repr=False, compare=False)
    _quality: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _cost: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _reach: float = field(default=-1.0, init=False, repr=False, compare=False)
    """Cosine to the nearest training prompt below which one is far: that of the loneliest tried, if it is below NEAR."""
    _held: Estimates | None = field(default=None, init=False, repr=False, compare=False)

    def learn(self, recorded: Recorded) -> None:
        self._template = shared_lines([p.text for p in recorded.prompts])
        self._vectors = self._embedded(recorded.prompts)
        self._quality = recorded.quality
        self._cost = recorded.cost.mean(axis=0)
        self._held, self._reach = None, -1.0
        if len(recorded) >= 2 * FOLDS:
            self._try()

    def _try(self) -> None:
        """What the neighbours of training prompts say of them."""
        n = len(self._vectors)
        rows = np.unique(np.linspace(0, n - 1, min(n, TRIED)).astype(np.intp))
        quality, nearest = self._compared(self._vectors[rows], rows)
        held = np.full(self._quality.shape, np.nan)
        held[rows] = quality
        self._held = Estimates(held, np.repeat(self._cost[None], n, axis=0))
        self._reach = min(NEAR, float(nearest.min()))

    def held(self, recorded: Recorded) -> Estimates | None:
        return self._held

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        quality, nearest = self._compared(self._embedded(prompts))
        return Estimates(quality, np.repeat(self._cost[None], len(quality), axis=0), nearest >= self._reach)

    def _embedded(self, prompts: Sequence[Prompt]) -> Vectors:
        return shared().embed([particular(p.text, self._template) for p in prompts])

    def _compared(self, vectors: Vectors, selves: NDArray[np.intp] | None = None) -> tuple[Floats, Vectors]:
        """(n, m) and (n,): mean quality of every model on the k training prompts nearest to each of n vectors, and the
        nearest one's cosine. `selves` are the vectors' own rows, where they are training prompts: none is its own neighbour."""
        starts = range(0, len(vectors), BATCH)
        parts = [
            self._nearest(vectors[i : i + BATCH], selves if selves is None else selves[i : i + BATCH]) for i in starts
        ]
        return np.concatenate([quality for quality, _ in parts]), np.concatenate([nearest for _, nearest in parts])

    def _nearest(self, vectors: Vectors, selves: NDArray[np.intp] | None) -> tuple[Floats, Vectors]:
        similar = vectors @ self._vectors.T
        if selves is not None:
            similar[np.arange(len(selves)), selves] = -np.inf
        k = min(self.k, len(self._vectors) - (selves is not None))
        nearest = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        return np.asarray(self._quality[nearest].sum(axis=1) / k), similar.max(axis=1)

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "template": sorted(self._template),
            "vectors": self._vectors,
            "quality": self._quality,
            "cost": self._cost,
            "reach": self._reach,
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._template = frozenset(state["template"])
        self._vectors, self._quality, self._cost = state["vectors"], state["quality"], state["cost"]
        self._reach = float(state.get("reach", -1.0))  # the first versions knew none
