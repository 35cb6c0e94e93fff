"""One model answers several times; the answer that most of them agree on is taken.

Samples at a temperature above 0; their final values (a number, a tagged or stated answer, else the whole text) are compared, the largest
group wins, and the surest answer of it is shown. Failed samples do not vote.

Source: self-consistency (Wang et al., arXiv 2203.11171).
Learns from: nothing.
Deciding costs: all samples, asked at once.
Score: the share of samples that agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._panel import surest, voters
from strategies._pool import by_price, member
from workbench.agreeing import majority
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Decision, Prompt


@dataclass
class BestOf(Strategy):
    model: str = param("", "Which model answers; empty means the cheapest.", kind="model")
    n: int = param(5, "How many times it answers.", low=1, high=64, unit="samples")
    temperature: float = param(0.7, "Of the samples; at 0 they would all be the same.", low=0.05, high=2)

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        model = member("best_of.model", self.model or by_price(prompt.models)[0].id, prompt.models)
        asked = await session.ask_all([model] * self.n, params={"temperature": self.temperature})
        replies = [reply for _, reply in voters([model] * self.n, asked)]
        vote = majority([r.text for r in replies], [surest(r) for r in replies])
        scores = {m.id: 0.0 for m in prompt.models} | {model: vote.share}
        why = f"{vote.votes[vote.winner]} of {len(replies)} answers agree; they come to {vote.groups} value{'s' * (vote.groups > 1)}"
        why += f"; {self.n - len(replies)} failed" if len(replies) < self.n else ""
        features: dict[str, float | str] = {"agreement": vote.share, "different answers": float(vote.groups)}
        session.decide(Decision(model, why, scores, 1.0, "agreed" if vote.share > 0.5 else "split", features))
        return Answer(replies[vote.winner], model)
