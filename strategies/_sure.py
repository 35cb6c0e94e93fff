"""How sure a model is of its own draft, without anything learned: by its words' probabilities, a check, or its own agreement."""

from __future__ import annotations

import math
from dataclasses import dataclass

from strategies._check import is_good
from strategies._panel import surest, voters
from workbench.agreeing import majority
from workbench.session import Session
from workbench.types import Reply


@dataclass(frozen=True, slots=True)
class Sure:
    reply: Reply
    sure: float
    """0..1, and enough from `bar`."""
    bar: float
    why: str

    @property
    def accepted(self) -> bool:
        return self.sure >= self.bar


async def by_words(session: Session, model: str, reply: Reply, threshold: float) -> Sure:
    """Mean log-probability against a threshold; where the model gives none, it is asked whether its draft is right."""
    if reply.logprob is not None and math.isfinite(reply.logprob):
        why = f"mean log-probability {reply.logprob:.3g}, {threshold:.3g} needed"
        return Sure(reply, *confidence(reply.logprob, threshold), why)
    good = await is_good(session, model, session.prompt.text, reply.text)
    return Sure(reply, float(good), 0.5, f"{model} says its draft is {'right' if good else 'not right'}")


def confidence(logprob: float, threshold: float) -> tuple[float, float]:
    """Geometric mean probability of a word, and what it has to be."""
    return math.exp(min(0.0, logprob)), math.exp(threshold)


async def by_agreement(session: Session, model: str, samples: int, temperature: float, needed: float) -> Sure:
    """Several samples at once: the share that comes to the same answer (Yue et al., arXiv 2310.03094). Raises CallError."""
    asked = await session.ask_all([model] * samples, params={"temperature": temperature})
    replies = [reply for _, reply in voters([model] * samples, asked)]
    vote = majority([r.text for r in replies], [surest(r) for r in replies])
    share = vote.votes[vote.winner] / samples
    why = f"{vote.votes[vote.winner]} of {samples} samples agree, {needed:.0%} needed"
    return Sure(replies[vote.winner], share, needed, why)
