"""A cheap model drafts; a strong one answers only when the draft looks unsure.

A chain of models, each asked only when the draft before it is not good enough. Fitted, an acceptor expects each model's quality from
prompt and draft (vectors and shapes of both, log-probability, hedging, refusal), calibrated on prompts left out. A draft is passed on
when a later model adds more than it costs: by lambda, for a budget, at matched quality, or with a guarantee (worse than the last model on
at most a share alpha of prompts, with confidence 1 - delta). Where cross-validation says that a cascade does not pay, single models are
asked instead, and the decision says so. Not fitted, or if told so, a draft counts as sure by a naive threshold on its mean
log-probability (or a check where the model gives none), or when samples agree.

Source: FrugalGPT (Chen, Zaharia and Zou, arXiv 2305.05176).
Learns from: recorded outcomes.
Deciding costs: the drafts, and two embeddings or a short check.
Score: expected quality; naive: how sure the draft is, against how sure it has to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._chance import drawn
from strategies._course import Course, stops
from strategies._fitted_chain import FittedChain
from strategies._pool import FINAL, by_price, member, only
from strategies._sure import by_agreement, by_words, confidence
from workbench.cascading import Answers, Stepwise, Walk
from workbench.errors import BadInput, CallError
from workbench.recorded import Floats, Recorded
from workbench.session import Session
from workbench.strategy import param
from workbench.types import Answer, Decision, Model, Prompt, Reply

SPREAD = 0.7
"""Temperature of samples that are to agree."""


@dataclass(frozen=True)
class Survey:
    """What a cascade sees of n prompts."""

    prompts: Sequence[Prompt]
    answers: Answers
    expected: tuple[Floats, ...]
    """For each drafter of the fitted chain, (n, k) expected qualities of its k models; none where nothing is fitted."""


@dataclass
class Cascade(Stepwise):
    cheap: str = param("", "Which model drafts first; empty means the cheapest.", kind="model")
    between: list[str] = param([], "Models asked before the strong one, in this order.")
    strong: str = param("", "Which model is asked last; empty means the dearest.", kind="model")
    acceptor: str = param(
        "auto",
        "What judges drafts; auto takes the learned acceptor where one is fitted, else the naive threshold.",
        choices=("auto", "learned", "naive", "agreement"),
    )
    aim: str = param(
        "trade", "What the learned thresholds are set for.", choices=("trade", "match", "budget", "guarantee")
    )
    lambda_: float = param(0.2, "Of trade: 0 takes quality whatever it costs, 1 the cheapest.", low=0, high=1)
    budget: float = param(1.0, "Of budget: mean cost of 1,000 prompts.", low=0, high=1e6, unit="USD")
    alpha: float = param(0.05, "Of guarantee: largest share of prompts answered worse.", low=0.0001, high=0.5)
    delta: float = param(0.05, "Of guarantee: probability that it is not kept.", low=0.0001, high=0.5)
    drafts: int = param(
        1,
        "Of learned: drafts of each model at once, of which the one most agree on is judged, its confidence their share; fit it on "
        "outcomes recorded with as many samples.",
        low=1,
        high=32,
        unit="samples",
    )
    threshold: float = param(
        -0.4, "Naive: least mean log-probability of a sure draft.", low=-10, high=0, unit="nats per token"
    )
    samples: int = param(5, "Of agreement: how many drafts the cheap model gives.", low=2, high=32, unit="samples")
    agreement: float = param(
        0.6, "Of agreement: share of the samples that must come to the same answer.", low=0, high=1
    )
    _fitted: FittedChain | None = field(default=None, init=False, repr=False, compare=False)

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        chain = self._chain_in(prompt.models)
        if len(chain) == 1:
            alone = Decision(chain[0], "drafts and answers are the same model's", only(chain[0], prompt.models))
            return Answer(await session.ask(chain[0], decision=alone), chain[0])
        course = self._course()
        if course is not None and course.price is None:
            decision = self._apart(course, chain, prompt)
            return Answer(await session.ask(decision.model, decision=decision), decision.model)
        passed_on: Decision | None = None
        for at, model in enumerate(chain[:-1]):
            try:
                draft = await self._drafted(model, session, passed_on)
                accepted, decision = await self._judged(draft, at, chain, session, course)
            except FINAL:
                raise
            except CallError as error:
                why = f"escalated: the draft or its check failed ({error.kind})"
                scores = {m.id: 0.0 for m in prompt.models} | {chain[at + 1]: 1.0}
                passed_on = Decision(chain[at + 1], why, scores, 1.0, "escalated")
                continue
            if accepted is not None:
                session.decide(decision)
                return Answer(accepted, model)
            passed_on = decision
        return Answer(await session.ask(chain[-1], decision=passed_on), chain[-1])

    async def _drafted(self, model: str, session: Session, passed_on: Decision | None) -> Reply | None:
        """One draft, or what most of several agree on; None where several are asked for at once, when they are judged."""
        if self.acceptor == "agreement":
            if passed_on is not None:
                session.decide(passed_on)
            return None
        if self.drafts == 1 or not self._learns():
            return await session.ask(model, role="draft", decision=passed_on)
        if passed_on is not None:
            session.decide(passed_on)
        voted = await by_agreement(session, model, self.drafts, SPREAD, 0.0)
        return replace(voted.reply, logprob=math.log(voted.sure))

    async def _judged(
        self, draft: Reply | None, at: int, chain: Sequence[str], session: Session, course: Course | None
    ) -> tuple[Reply | None, Decision]:
        """The draft if it is accepted, and the decision about it. Raises CallError."""
        if draft is not None and course is not None:
            accepted, decision = self._known().judged(draft, at, session.prompt, course)
            return draft if accepted else None, decision
        if draft is None:
            sure = await by_agreement(session, chain[at], self.samples, SPREAD, self.agreement)
        else:
            sure = await by_words(session, chain[at], draft, self.threshold)
        label, model = ("accepted", chain[at]) if sure.accepted else ("escalated", chain[at + 1])
        scores = {m.id: 0.0 for m in session.prompt.models} | {chain[at]: sure.sure, chain[at + 1]: sure.bar}
        unfitted = " (naive: no acceptor is fitted)" if self.acceptor == "auto" else ""
        why, features = f"{label}: {sure.why}{unfitted}", {"sure": sure.sure}
        return sure.reply if sure.accepted else None, Decision(
            model, why, scores, 1.0, label, features, {"sure_from": sure.bar}
        )

    def _apart(self, course: Course, chain: Sequence[str], prompt: Prompt) -> Decision:
        """No cascade: one model alone, or one drawn."""
        at = drawn(course.shares, 0, prompt.id)
        scores = {m.id: 0.0 for m in prompt.models} | dict(zip(chain, course.shares, strict=True))
        return Decision(chain[at], course.why, scores, course.shares[at], "no cascade")

    def fit(self, recorded: Recorded) -> None:
        """Learn when a draft is good enough. Raises BadInput for too few prompts with a scored outcome of every model."""
        if self.acceptor in ("naive", "agreement"):
            return
        self._fitted = FittedChain.learned(recorded, self._named(recorded.models), self.drafts)

    def survey(self, prompts: Sequence[Prompt], answers: Answers) -> Survey:
        expected = () if self._fitted is None else self._fitted.expected(prompts, answers)
        return Survey(prompts, answers, expected)

    def walk(self, survey: Survey) -> Walk:
        pool = survey.answers.models
        chain = self._chain_in(survey.prompts[0].models) if len(survey.prompts) else [pool[0]]
        cols = np.array([pool.index(m) for m in chain])
        course, n = self._course() if len(chain) > 1 else None, len(survey.prompts)
        ends, alone, untold = np.full(n, len(chain) - 1), False, np.zeros(n, dtype=bool)
        if course is not None and course.price is None:
            alone, ends = True, np.array([drawn(course.shares, 0, p.id) for p in survey.prompts], dtype=np.intp)
        elif course is not None:
            ends = stops(survey.expected, self._known().table.alone_cost, course.price or 0.0)
        elif len(chain) > 1:
            ends, untold = self._naively(survey.answers.logprob[:, cols[:-1]])
        places = np.arange(len(chain))
        reached = places == ends[:, None] if alone else places <= ends[:, None]
        asked = np.zeros((n, len(pool)), dtype=np.intp)
        asked[:, cols] = reached
        if not alone and course is not None:
            asked[:, cols[:-1]] *= self.drafts
        return Walk(asked, cols[ends], untold)

    def _naively(self, logprob: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Where each prompt ends by log-probabilities alone, and which prompts need a call to tell."""
        if self.acceptor == "agreement":
            return np.zeros(len(logprob), dtype=np.intp), np.ones(len(logprob), dtype=bool)
        sure = np.array([[confidence(x, self.threshold)[0] for x in row] for row in logprob.tolist()])
        unknown = ~np.isfinite(logprob)
        enough = (sure >= math.exp(self.threshold)) & ~unknown
        ends = np.where(enough.any(axis=1), enough.argmax(axis=1), logprob.shape[1])
        return ends, np.asarray(unknown.any(axis=1) & (unknown.argmax(axis=1) < ends))

    def _chain_in(self, pool: Sequence[Model]) -> list[str]:
        """The models to ask, in order. Raises UnknownModel, and BadInput where another chain was fitted."""
        named = self._named(pool)
        if len(named) == 1 or not self._learns():
            return named
        chain = self._known().models
        if not (self.cheap or self.between or self.strong) and set(chain) <= {m.id for m in pool}:
            return list(chain)
        if tuple(named) != chain:
            raise BadInput(
                f"cascade was fitted for {' → '.join(chain)}, and this pool and these parameters make it "
                f"{' → '.join(named)}: choose the models of the fit, run `workbench fit cascade` on outcomes of these, or set "
                "acceptor to naive"
            )
        return named

    def _named(self, pool: Sequence[Model]) -> list[str]:
        ranked = by_price(pool)
        cheap = member("cascade.cheap", self.cheap or ranked[0].id, ranked)
        strong = member("cascade.strong", self.strong or ranked[-1].id, ranked)
        between = [member("cascade.between", model, ranked) for model in self.between]
        return list(dict.fromkeys([*(m for m in (cheap, *between) if m != strong), strong]))

    def _learns(self) -> bool:
        """Whether the learned acceptor judges. Raises BadInput where it is asked for and not there."""
        if self.acceptor == "learned":
            self._known()
        return self.acceptor == "learned" or (self.acceptor == "auto" and self._fitted is not None)

    def _known(self) -> FittedChain:
        """Raises BadInput where nothing is fitted, or for another number of drafts."""
        if self._fitted is None:
            raise BadInput(
                "cascade is not fitted: run `workbench fit cascade --data NAME`, then choose it again, or set acceptor to naive"
            )
        if self._fitted.drafts != self.drafts:
            raise BadInput(
                f"cascade was fitted with drafts={self._fitted.drafts} and is asked with drafts={self.drafts}: give it the number of "
                "its fit, or fit it again"
            )
        return self._fitted

    def _course(self) -> Course | None:
        """What the table says of this aim; None where drafts are judged without one."""
        if not self._learns():
            return None
        table = self._known().table
        if self.aim == "match":
            return table.match()
        if self.aim == "budget":
            return table.budget(self.budget)
        if self.aim == "guarantee":
            return table.guarantee(self.alpha, self.delta)
        price = math.inf if self.lambda_ == 1 else self.lambda_ / (1 - self.lambda_) / table.scale
        return table.trade(price)

    def state(self) -> dict[str, Any]:
        return {} if self._fitted is None else self._fitted.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._fitted = FittedChain.restored(state)
