"""Routers that predict each model's quality and cost, and choose by how much quality a dollar must buy.

The utility of a model is (1 - lambda) x predicted quality - lambda x predicted cost / scale, where the scale is the mean
cost of the dearest model in the training data: lambda 0 looks at quality alone, 1 at cost alone. (RouterBench, arXiv
2403.12031, writes lambda x quality - cost; dividing by a scale makes one lambda mean the same on every price sheet.)
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .decisions import Decisions
from .errors import BadInput
from .strategy import Router, param
from .types import Decision, Model, Prompt

if TYPE_CHECKING:
    from .recorded import Floats, Recorded


@dataclass(frozen=True)
class Estimates:
    """What a router expects of m models on n prompts, before it weighs one against the other."""

    quality: Floats
    """(n, m), 0..1."""
    cost: Floats
    """(n, m), USD."""


@dataclass
class TradeOff(Router):
    """A learned router: subclasses predict, this class weighs. Raises BadInput where it was not fitted."""

    lambda_: float = param(0.2, "0 takes the best model whatever it costs, 1 the cheapest.", low=0, high=1)
    _models: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    _scale: float = field(default=1.0, init=False, repr=False, compare=False)

    def fit(self, recorded: Recorded) -> None:
        """Learn from the train split. Raises BadInput for one without scored outcomes of every model."""
        scored = recorded.take(recorded.covered)
        if not len(scored):
            raise BadInput(
                f"{self.name} has nothing to learn from: no prompt has a scored outcome of every one of "
                f"{', '.join(recorded.ids)}; record the missing ones, or choose fewer models"
            )
        self._models = scored.ids
        self._scale = float(scored.cost.mean(axis=0).max()) or 1.0
        self.learn(scored)

    @abstractmethod
    def learn(self, recorded: Recorded) -> None:
        """What `fit` does beyond the price scale. Every prompt has an outcome of every model."""

    @abstractmethod
    def estimate(self, prompts: Sequence[Prompt]) -> Estimates:
        """Predictions for prompts of one pool; columns are the models of `fit`."""

    @property
    def name(self) -> str:
        return type(self).__module__.rsplit(".", 1)[-1]

    @property
    def scale(self) -> float:
        """USD: mean cost of the dearest model in the training data."""
        return self._scale

    def price(self, lambda_: float) -> float:
        """Quality that a dollar must buy: 0 at lambda 0, infinite at 1."""
        return math.inf if lambda_ == 1 else lambda_ / (1 - lambda_) / self._scale

    def decide(self, prompt: Prompt) -> Decision:
        return self.decide_all([prompt])[0]

    def decide_all(self, prompts: Sequence[Prompt]) -> Decisions:
        """All at once, for prompts that share one pool."""
        pool = tuple(m.id for m in prompts[0].models)
        columns = self.columns(prompts[0].models)
        estimates = self.estimate(prompts)
        quality, cost = estimates.quality[:, columns], estimates.cost[:, columns]
        scores = self.utility(quality, cost)
        chosen = scores.argmax(axis=1)

        def tell(i: int) -> Decision:
            best = int(chosen[i])
            why = f"expects quality {quality[i, best]:.2f} for ${cost[i, best]:.6f}: the best trade at lambda {self.lambda_:g}"
            named = dict(zip(pool, scores[i].tolist(), strict=True))
            return Decision(
                pool[best], why, named, features=_told(pool, quality[i], cost[i]), thresholds={"lambda": self.lambda_}
            )

        return Decisions(pool, chosen, scores, tell)

    def utility(self, quality: Floats, cost: Floats) -> Floats:
        return (1 - self.lambda_) * quality - self.lambda_ * cost / self._scale

    def columns(self, pool: Sequence[Model]) -> list[int]:
        """Where the models of a pool stand among those of `fit`. Raises BadInput."""
        if not self._models:
            raise BadInput(
                f"{self.name} is not fitted: run `workbench fit {self.name} --data NAME`, then choose it again"
            )
        unknown = [m.id for m in pool if m.id not in self._models]
        if unknown:
            raise BadInput(
                f"{self.name} was fitted on {', '.join(self._models)} and knows nothing of {', '.join(unknown)}: take "
                "these out of the pool, or record them and fit anew"
            )
        return [self._models.index(m.id) for m in pool]


def _told(pool: Sequence[str], quality: Floats, cost: Floats) -> dict[str, float | str]:
    """What was expected of every model, for the trace."""
    told: dict[str, float | str] = {}
    for model, q, usd in zip(pool, quality.tolist(), cost.tolist(), strict=True):
        told[f"quality of {model}"], told[f"cost of {model}"] = q, usd
    return told
