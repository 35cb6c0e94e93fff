"""Draws the model by weights that a job refits from votes, judge scores and outcomes.

Each model has a weight, over all prompts and within every category with enough of them; a job of the workbench fits them anew, weekly or
on demand (`workbench learn weights`): shrunk effects, a minimum sample, a cap on the step, so that one odd week cannot turn the traffic.
Models are compared on prompts that several answered, and on those that a draw with a known chance sent to one; what a rule sent to one
model says nothing of the others and is left out. Prices do not count: rewards alone do.

Source: effects beside those of prompts, shrunk by a fixed prior weight (empirical Bayes, Efron and Morris, 1975); drawn ones weighed by one
over their chance (SNIPS, Swaminathan and Joachims, 2015).
Learns from: votes, judge scores and recorded outcomes.
Deciding costs: some microseconds.
Score: the weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from strategies._chance import drawn
from strategies._weights import Evidence, Floats, Rule, joined
from workbench.decisions import FLOOR
from workbench.errors import BadInput
from workbench.recorded import Recorded, check_teaches
from workbench.strategy import Router, param
from workbench.types import Decision, Model, Prompt


def _none() -> Floats:
    return np.empty(0)


@dataclass
class JudgeWeighted(Router):
    shrink: float = param(
        20.0, "Observations that the more general mean counts as.", low=0.1, high=10_000, unit="answers", learned=True
    )
    fewest: int = param(
        30, "Observations of a model below which its weight stays.", low=2, high=100_000, unit="answers", learned=True
    )
    step: float = param(
        0.1,
        "Most that a weight may move in one refit; the first fit goes all the way.",
        low=0.001,
        high=1,
        learned=True,
    )
    sharpness: float = param(
        0.1, "Reward that makes one model e times as likely as another.", low=0.001, high=10, learned=True
    )
    floor: float = param(0.02, "Least probability of every model.", low=FLOOR, high=0.5)
    seed: int = param(0, "Another seed, another sequence of draws.", low=0)
    _models: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    _overall: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    _categories: Mapping[str, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    refit_days = 7

    def decide(self, prompt: Prompt) -> Decision:
        """Raises BadInput before the first fit, or where the pool has none of the models that were weighed."""
        category = prompt.tags.get("category", "")
        weights = self._of(prompt.models, self._categories.get(category, self._overall))
        floor = min(self.floor, 1 / len(weights))
        chance = floor + (1 - len(weights) * floor) * weights
        at = drawn(chance.tolist(), self.seed, prompt.id)
        names = [m.id for m in prompt.models]
        label = category if category in self._categories else ""
        where = f"in {label}" if label else "over all prompts"
        why = f"drawn with probability {chance[at]:.3g}; its weight {where} is {weights[at]:.2f}"
        scores = dict(zip(names, weights.tolist(), strict=True))
        return Decision(names[at], why, scores, float(chance[at]), label, {"category": category})

    def _of(self, pool: Sequence[Model], weights: Floats) -> Floats:
        """(m,): weights of the pool, adding up to one; a model that was never weighed has none."""
        known = dict(zip(self._models, weights.tolist(), strict=True))
        found = np.array([known.get(m.id, 0.0) for m in pool])
        if not found.sum():
            raise BadInput(
                "judge_weighted has no weights for this pool: run `workbench learn weights` once there are votes or scores, or "
                "`workbench fit judge_weighted --data NAME`"
            )
        return np.asarray(found / found.sum())

    def fit(self, recorded: Recorded) -> None:
        """Move the weights. Raises BadInput where fewer than two models have the minimum sample."""
        rule = Rule(self.shrink, self.fewest, self.step, self.sharpness)
        step = None if self._models else 1.0
        models, overall = joined(self._models, self._overall, recorded.ids)
        earlier = {name: joined(self._models, old, recorded.ids)[1] for name, old in self._categories.items()}
        places = [models.index(m) for m in recorded.ids]
        rewards, chance = (np.full((len(recorded), len(models)), np.nan) for _ in range(2))
        rewards[:, places] = recorded.quality
        if recorded.chance is not None:
            chance[:, places] = recorded.chance
        check_teaches("judge_weighted", recorded.ids, recorded.quality)
        kinds = np.full(len(recorded), "", dtype=object) if recorded.kinds is None else recorded.kinds
        seen = Evidence.of(rewards, chance, kinds)
        self._check_sample(models, seen, int((~recorded.telling).sum()))
        effect = rule.shrunk(seen, 0.0)
        moved: dict[str, Floats] = {}
        for name in sorted({*earlier, *recorded.categories.tolist()} - {""}):
            own = recorded.categories == name
            part = Evidence.of(rewards[own], chance[own], kinds[own])
            weights = rule.moved(earlier.get(name, overall), rule.shrunk(part, effect), part.count, step)
            if name in earlier or weights is not overall:
                moved[name] = weights
        self._models, self._overall, self._categories = models, rule.moved(overall, effect, seen.count, step), moved

    def _check_sample(self, models: Sequence[str], seen: Evidence, left: int) -> None:
        """Raises BadInput where fewer than two models have the minimum sample; `left` prompts were of no use."""
        if (seen.count >= self.fewest).sum() >= 2:
            return
        counts = ", ".join(f"{m} {n:.0f}" for m, n in zip(models, seen.count.tolist(), strict=True)) or "nothing"
        alone = f" ({left:,} prompts that one model answered, by rule, say nothing of the others)" if left else ""
        raise BadInput(
            f"judge_weighted needs {self.fewest} scored answers of two models or more, on prompts that several answered or that a "
            f"draw sent to one; there are {counts}{alone}"
        )

    def state(self) -> dict[str, Any]:
        weights = {name: w.tolist() for name, w in self._categories.items()}
        return {"models": list(self._models), "overall": self._overall, "categories": weights} if self._models else {}

    def restore(self, state: dict[str, Any]) -> None:
        self._models, self._overall = tuple(state["models"]), state["overall"]
        self._categories = {name: np.array(w) for name, w in state["categories"].items()}
