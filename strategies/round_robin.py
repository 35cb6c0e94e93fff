"""Each model in turn.

Spreads load evenly whatever the prompt says: the simplest way to use a whole pool, and a reference line in every report. The first turn
starts at a place given by the first prompt's id, so that single prompts are spread too; then the order of the pool is kept.

Source: the scheduler of that name.
Learns from: nothing.
Deciding costs: nothing.
Score: an equal share for every model, which is the probability too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

from workbench.strategy import Router
from workbench.types import Decision, Prompt


@dataclass
class RoundRobin(Router):
    _turn: int | None = field(default=None, init=False, repr=False)

    def decide(self, prompt: Prompt) -> Decision:
        n = len(prompt.models)
        turn = crc32(prompt.id.encode("utf-8", "surrogatepass")) if self._turn is None else self._turn
        self._turn = turn + 1
        model = prompt.models[turn % n].id
        place = turn % n + 1
        scores = {m.id: 1 / n for m in prompt.models}
        return Decision(model, f"turn {place} of {n}", scores, 1 / n, features={"turn": float(place)})
