"""A model drawn at random, by weights that you set.

The control group of an experiment: its logged probabilities let any other policy be judged from its logs. The draw is a hash of the seed
and the prompt's id, so a replay draws the same. Without weights all models are equally likely; with them, models not listed or at 0 are
never drawn.

Source: randomisation with inverse propensity scoring (Horvitz and Thompson, 1952).
Learns from: nothing.
Deciding costs: microseconds.
Score: the probability of each model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from strategies._chance import drawn
from strategies._pool import member
from workbench.decisions import FLOOR
from workbench.errors import BadParameter
from workbench.strategy import Router, param
from workbench.types import Decision, Model, Prompt


@dataclass
class Random(Router):
    weights: dict[str, float] = param({}, "Share of each model, such as small=3,big=1; empty means equal shares.")
    floor: float = param(0.02, "Least probability of any model that is drawn at all.", low=FLOOR, high=1)
    seed: int = param(0, "Another seed, another sequence of draws.", low=0)

    def decide(self, prompt: Prompt) -> Decision:
        shares = self._shares(prompt.models)
        model = list(shares)[drawn(list(shares.values()), self.seed, prompt.id)]
        return Decision(model, f"drawn with probability {shares[model]:.3g}", shares, shares[model])

    def _shares(self, pool: tuple[Model, ...]) -> dict[str, float]:
        for model, weight in self.weights.items():
            member("random.weights", model, pool)
            if not (math.isfinite(weight) and weight >= 0):
                raise BadParameter(f"random.weights: {model} must have a weight of 0 or more, not {weight!r}")
        given = {m.id: self.weights.get(m.id, 0.0) if self.weights else 1.0 for m in pool}
        top, able = max(given.values()), sum(w > 0 for w in given.values())
        if not top:
            raise BadParameter("random.weights: at least one model needs a weight above 0")
        total = math.fsum(w / top for w in given.values())  # by the largest first: 1e308 twice is no overflow
        floor = min(self.floor, 1 / able)
        return {m: floor + (1 - able * floor) * (w / top / total) if w else 0.0 for m, w in given.items()}
