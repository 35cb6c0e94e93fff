"""The models that did best on the kind of prompt that this one is.

Prompts are put into clusters by k-means on their MiniLM vectors; each cluster knows every model's mean quality and cost, drawn towards
the mean of all prompts as if a few of them had been in it; a prompt takes the mean of the clusters nearest to it. Lambda weighs quality
and cost for all clusters alike, and not from least to most within each as the source does: so a pool of two models keeps nothing to weigh,
and larger ones lost as well (AIQ .848 against .850 and .851 on two pools of hosted models).

Source: Avengers-Pro (arXiv 2508.12631).
Learns from: recorded outcomes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and a product with the centres.
Score: quality against cost, weighed by lambda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.embed import Vectors, shared
from workbench.recorded import Floats, Recorded
from workbench.strategy import param
from workbench.template import particular, shared_lines
from workbench.tradeoff import Estimates, TradeOff
from workbench.types import Prompt

PSEUDO = 10.0
"""Prompts of the mean of all that count as if they were in each cluster."""
NEAR = 0.5
"""Cosine from which a prompt is never far from the training data."""


def _none() -> Floats:
    return np.empty((0, 0))


@dataclass
class Cluster(TradeOff):
    clusters: int = param(
        30, "Kinds of prompt; fewer where there are few prompts.", low=1, high=1000, unit="clusters", learned=True
    )
    nearest: int = param(3, "Clusters that a prompt takes the mean of.", low=1, high=100, unit="clusters")
    _template: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _centres: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _quality: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _cost: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _reach: float = field(default=-1.0, init=False, repr=False, compare=False)
    """Cosine to the nearest centre below which a prompt is far: that of the farthest training prompt, if it is below NEAR."""

    def learn(self, recorded: Recorded) -> None:
        from sklearn.cluster import KMeans

        self._template = shared_lines([p.text for p in recorded.prompts])
        vectors = self._embedded(recorded.prompts)
        kinds = min(self.clusters, len(np.unique(vectors, axis=0)))
        found = KMeans(kinds, n_init=3, random_state=0).fit(vectors)
        self._centres = found.cluster_centers_ / np.linalg.norm(found.cluster_centers_, axis=1, keepdims=True)
        member = np.eye(kinds)[found.labels_]
        self._quality, self._cost = (_means(member, values) for values in (recorded.quality, recorded.cost))
        self._reach = min(NEAR, float((vectors @ self._centres.T).max(axis=1).min()))

    def held(self, recorded: Recorded) -> Estimates | None:
        return self.crossed(recorded)

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        similar = self._embedded(prompts) @ self._centres.T
        k = min(self.nearest, len(self._centres))
        places = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        near = similar.max(axis=1) >= self._reach
        return Estimates(self._quality[places].sum(axis=1) / k, self._cost[places].sum(axis=1) / k, near)

    def _embedded(self, prompts: Sequence[Prompt]) -> Vectors:
        return shared().embed([particular(p.text, self._template) for p in prompts])

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "template": sorted(self._template),
            "centres": self._centres,
            "quality": self._quality,
            "cost": self._cost,
            "reach": self._reach,
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._template, self._reach = frozenset(state["template"]), float(state["reach"])
        self._centres, self._quality, self._cost = state["centres"], state["quality"], state["cost"]


def _means(member: Floats, values: Floats) -> Floats:
    """(k, m): means of the (n, m) values in each cluster, drawn towards the mean of all."""
    total = member.T @ values + PSEUDO * values.mean(axis=0)
    return np.asarray(total / (member.sum(axis=0) + PSEUDO)[:, None])
