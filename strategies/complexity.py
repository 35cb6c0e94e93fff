"""Easy prompts to a cheap model, hard ones to a strong one, by rules you can read.

Adds up features of the prompt (cues of proof, comparison, steps, analysis, explanation, writing, code and maths in nine languages,
length, numbers, questions, demands, constraints; what asks for a look only is taken off) and puts the sum, 0 to 1, in a tier: simple,
moderate or complex. Each tier has a model; unset, the cheapest, the middle and the dearest of the pool, with price standing in for
strength. Reads the last user message, its first 1,200 and last 400 characters.

Source: rules of our own, tried on labelled prompts of our own (data/complexity).
Learns from: nothing.
Deciding costs: tens of microseconds.
Score: 1 for a model that serves the prompt's tier, else half of 1 minus the distance from the prompt's complexity to the nearest tier it
serves.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._cues import Reading, read
from strategies._pool import by_price, member
from workbench.errors import BadParameter
from workbench.strategy import Router, param
from workbench.types import Decision, Model, Prompt


@dataclass
class Complexity(Router):
    simple: str = param("", "Model for simple prompts; empty means the cheapest.", kind="model")
    moderate: str = param("", "Model for moderate prompts; empty means the one in the middle by price.", kind="model")
    complex: str = param("", "Model for complex prompts; empty means the dearest.", kind="model")
    moderate_from: float = param(0.25, "Complexity from which a prompt is moderate.", low=0, high=1)
    complex_from: float = param(0.55, "Complexity from which a prompt is complex.", low=0, high=1)

    def decide(self, prompt: Prompt) -> Decision:
        tiers = self._tiers(prompt.models)
        low, high = self.moderate_from, self.complex_from
        if low > high:
            raise BadParameter(
                f"complexity.moderate_from ({low:g}) must not be above complexity.complex_from ({high:g})"
            )
        reading = read(prompt.text)
        x = reading.complexity
        label = "complex" if x >= high else "moderate" if x >= low else "simple"
        away = {"simple": x - low, "moderate": max(low - x, x - high), "complex": high - x}
        scores = dict.fromkeys([m.id for m in prompt.models], 0.0)
        for tier, model in tiers.items():
            scores[model] = max(scores[model], 1.0 if tier == label else (1 - away[tier]) / 2)
        features: dict[str, float | str] = {**reading.scores, "complexity": x, "script": reading.script}
        thresholds = {"moderate_from": low, "complex_from": high}
        return Decision(tiers[label], _why(label, reading), scores, 1.0, label, features, thresholds)

    def _tiers(self, pool: tuple[Model, ...]) -> dict[str, str]:
        ranked = by_price(pool)
        tiers = {"simple": ranked[0].id, "moderate": ranked[len(ranked) // 2].id, "complex": ranked[-1].id}
        for tier in tiers:
            if model := getattr(self, tier):
                tiers[tier] = member(f"complexity.{tier}", model, pool)
        return tiers


def _why(label: str, reading: Reading) -> str:
    parts = [f"{name} {score:+g}" + _quote(reading, name) for name, score in reading.scores.items()]
    return f"{label} ({reading.complexity:.2f}): {', '.join(parts) or 'no cue of difficulty'}"


def _quote(reading: Reading, name: str) -> str:
    return f" ('{reading.seen[name]}')" if name in reading.seen else ""
