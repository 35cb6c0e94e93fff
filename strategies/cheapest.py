"""The model that is expected to cost least for this prompt.

Estimates the price of the conversation so far plus an answer of the length you set, from the price sheet alone; quality plays no part.
Where prices are equal the first of the pool is taken.

Source: the lower end of every cost-quality curve.
Learns from: nothing.
Deciding costs: microseconds.
Score: minus the expected cost in USD.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._pool import expected_usd, tokens_of
from workbench.strategy import Router, param
from workbench.types import Decision, Prompt


@dataclass
class Cheapest(Router):
    answer_tokens: int = param(300, "Length of the answer that is assumed.", low=1, high=100_000, unit="tokens")

    def decide(self, prompt: Prompt) -> Decision:
        tokens = tokens_of(prompt)
        costs = {m.id: expected_usd(m, tokens, self.answer_tokens) for m in prompt.models}
        model = min(costs, key=lambda m: costs[m])
        why = f"lowest expected cost, ${costs[model]:.6f}, of {len(costs)} candidates"
        features: dict[str, float | str] = {"tokens_in": float(tokens), "tokens_out": float(self.answer_tokens)}
        return Decision(model, why, {m: -usd for m, usd in costs.items()}, features=features)
