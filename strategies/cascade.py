"""A cheap model drafts; a strong one answers only when the draft looks unsure.

The two-step form of FrugalGPT (Chen, Zaharia and Zou, 2023). A draft counts as sure when the mean log-probability of its
tokens reaches the threshold; where the model gives none, the cheap model is asked whether its own draft is right. Learns
from nothing; deciding costs the draft, and at most one short check. Score: how sure the draft is, against how sure it
has to be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from strategies._pool import FINAL, by_price, member, only
from workbench.errors import CallError
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Decision, Prompt, Reply, user

CHECK = (
    "Question:\n{question}\n\nProposed answer:\n{answer}\n\nIs the proposed answer correct and complete? Say yes or no."
)
SHOWN = 4000
"""Characters of the question, and of the draft, that a check reads."""


@dataclass(frozen=True, slots=True)
class Draft:
    reply: Reply | None
    """None when the draft, or its check, failed."""
    sure: float
    """0..1, and accepted from `bar`."""
    bar: float
    why: str


@dataclass
class Cascade(Strategy):
    cheap: str = param("", "Which model drafts; empty means the cheapest.", kind="model")
    strong: str = param("", "Which model answers when the draft is unsure; empty means the dearest.", kind="model")
    threshold: float = param(
        -0.4, "Least mean log-probability of a sure draft.", low=-10, high=0, unit="nats per token"
    )

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        ranked = by_price(prompt.models)
        cheap = member("cascade.cheap", self.cheap or ranked[0].id, ranked)
        strong = member("cascade.strong", self.strong or ranked[-1].id, ranked)
        if cheap == strong:
            alone = Decision(strong, "drafts and answers are the same model's", only(strong, prompt.models))
            return Answer(await session.ask(strong, decision=alone), strong)
        draft = await self._draft(cheap, prompt, session)
        accepted = draft.reply is not None and draft.sure >= draft.bar
        label, model = ("accepted", cheap) if accepted else ("escalated", strong)
        scores = {m.id: 0.0 for m in prompt.models} | {cheap: draft.sure, strong: draft.bar}
        decision = Decision(
            model, f"{label}: {draft.why}", scores, 1.0, label, {"sure": draft.sure}, {"sure_from": draft.bar}
        )
        if draft.reply is not None and accepted:
            session.decide(decision)
            return Answer(draft.reply, cheap)
        return Answer(await session.ask(strong, decision=decision), strong)

    async def _draft(self, cheap: str, prompt: Prompt, session: Session) -> Draft:
        bar = math.exp(self.threshold)
        try:
            reply = await session.ask(cheap, role="draft")
            if reply.logprob is not None and math.isfinite(reply.logprob):
                why = f"mean log-probability {reply.logprob:.3g}, {self.threshold:.3g} needed"
                return Draft(reply, math.exp(min(0.0, reply.logprob)), bar, why)
            said_yes = await self._check(cheap, prompt.text, reply.text, session)
        except FINAL:
            raise
        except CallError as error:
            return Draft(None, 0.0, bar, f"the draft or its check failed ({error.kind})")
        return Draft(reply, float(said_yes), 0.5, f"{cheap} says its draft is {'right' if said_yes else 'not right'}")

    async def _check(self, cheap: str, question: str, answer: str, session: Session) -> bool:
        text = CHECK.format(question=question[:SHOWN], answer=answer[:SHOWN])
        reply = await session.ask(
            cheap, messages=[user(text)], role="check", params={"max_tokens": 3, "temperature": 0}
        )
        return reply.text.strip().lower().startswith("yes")
