"""Always the same model.

The baseline that every routing strategy has to beat.

Source: a single model, as every comparison has it.
Learns from: nothing.
Deciding costs: nothing.
Score: 1 for the model, 0 for all others.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._pool import member, only
from workbench.strategy import Router, param
from workbench.types import Decision, Prompt


@dataclass
class Fixed(Router):
    model: str = param("", "Which model; empty means the first of the pool.", kind="model")

    def decide(self, prompt: Prompt) -> Decision:
        model = member("fixed.model", self.model, prompt.models) if self.model else prompt.models[0].id
        why = "the model that was set" if self.model else "the first model of the pool"
        return Decision(model, why, only(model, prompt.models))
