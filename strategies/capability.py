"""Only models that can do what the prompt needs; another strategy chooses among them.

Reads the needs off the messages and the request fields: images need `vision`, tools and tool results need `tools`, a JSON response format
needs `json`, log-probabilities need `logprobs`, and conversation and answer together must fit the model's context (tokens are estimated,
four bytes each). Where no model of the pool can answer, it says what each one lacks.

Source: pre-call checks, as gateways make them.
Learns from: nothing but what the inner strategy learns from.
Deciding costs: some microseconds beside the inner strategy's decision.
Score: the inner strategy's; a model left out has 1 less than the worst that was not.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._narrowing import Kept, Narrowing
from strategies._needs import Needs, needs_of
from workbench.errors import BadInput
from workbench.strategy import param
from workbench.types import Prompt


@dataclass
class Capability(Narrowing):
    answer_tokens: int = param(
        512, "Room for an answer whose request sets no longest one.", low=0, high=1_000_000, unit="tokens"
    )

    def narrow(self, prompt: Prompt) -> Kept:
        needs = needs_of(prompt, self.answer_tokens)
        lacking = {m.id: needs.lacking(m) for m in prompt.models}
        able = tuple(m for m in prompt.models if not lacking[m.id])
        if not able:
            raise BadInput(_nobody(lacking, needs))
        out = len(prompt.models) - len(able)
        features: dict[str, float | str] = {
            "needs": ", ".join(needs.capabilities) or "words only",
            "tokens needed": needs.tokens,
        }
        return Kept(able, _left_out(lacking) if out else "", features=features)


def _left_out(lacking: dict[str, list[str]]) -> str:
    return "left out " + ", ".join(
        f"{model} (no {' and no '.join(words)})" for model, words in lacking.items() if words
    )


def _nobody(lacking: dict[str, list[str]], needs: Needs) -> str:
    each = "; ".join(f"{model} lacks {' and '.join(words)}" for model, words in lacking.items())
    wanted = [*needs.capabilities, f"{needs.tokens:,} tokens of context"]
    return f"no model of this pool can take this prompt: {each}. Add a model with {', '.join(wanted)}, or ask for less"
