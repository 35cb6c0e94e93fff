"""Asks the next model, or stops, whichever is worth more given all that was answered so far.

Routing and cascading in one. Before each call every model has an expected quality, at first from the prompt, then also from the answers
(vectors and shapes of both, log-probability). The next call is the one with the largest expected quality less its cost, weighed by
lambda; a model that is sure to be passed over is not asked, where cross-validation shows that skipping pays. Models are asked from cheap
to dear; the last one's answer is taken as it comes. What fails, or is beyond the run's money or time, is left out, and the best answer
at hand kept. Where cross-validation says that a single model is as good a trade, that one is asked, and the decision says so.

Source: cascade routing (Dekoninck, Baader and Vechev, arXiv 2410.10347).
Learns from: recorded outcomes.
Deciding costs: one embedding, and one more for each draft.
Score: what asking, or keeping, each model's answer is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._acceptor import Acceptor, Expected
from strategies._course import FEWEST, Course, Table
from strategies._lookahead import STOP, Lookahead, now_expected, spreads, walked
from strategies._pool import LASTING, only
from workbench.cascading import Answers, Stepwise, Walk
from workbench.errors import BadInput, CallError
from workbench.recorded import Floats, Recorded, check_costs, check_teaches
from workbench.session import Session
from workbench.strategy import param
from workbench.types import Answer, Decision, Model, Prompt, Reply

TRIED = np.linspace(0.0, 0.99, 100)
"""Values of lambda at which single models, and models in their turn, are tried beside skipping."""
ONLY_COST = 1e9


@dataclass(frozen=True)
class Survey:
    """What is expected of n prompts, before and after each answer."""

    pool: tuple[str, ...]
    cols: list[int]
    """Of the fitted models, those of the pool, from cheap to dear."""
    expected: Expected
    """Of all fitted models."""


@dataclass
class CascadeRouting(Stepwise):
    lambda_: float = param(0.2, "0 takes quality whatever it costs, 1 the cheapest.", low=0, high=1)
    calls: int = param(3, "Most models asked about one prompt.", low=1, high=16, unit="calls", learned=True)
    _models: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    """From cheap to dear."""
    _acceptor: Acceptor | None = field(default=None, init=False, repr=False, compare=False)
    _spread: Floats = field(default_factory=lambda: np.empty((0, 0)), init=False, repr=False, compare=False)
    _table: Table | None = field(default=None, init=False, repr=False, compare=False)
    _skips: NDArray[np.bool_] = field(
        default_factory=lambda: np.empty(0, dtype=bool), init=False, repr=False, compare=False
    )
    """At each lambda of TRIED, whether skipping models pays."""

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        cols = self._columns(prompt.models)
        if len(cols) == 1:
            alone = Decision(
                self._models[cols[0]], "the only model of the pool", only(self._models[cols[0]], prompt.models)
            )
            return Answer(await session.ask(alone.model, decision=alone), alone.model)
        course = self._course(cols)
        if course is not None and course.price is None:
            model = self._models[int(np.argmax(course.shares))]
            decision = Decision(model, course.why, only(model, prompt.models), 1.0, "no cascade")
            return Answer(await session.ask(model, decision=decision), model)
        return await self._step_by_step(cols, prompt, session)

    async def _step_by_step(self, cols: list[int], prompt: Prompt, session: Session) -> Answer:
        before = self._heard(prompt, {}).before
        drafts: dict[int, Reply] = {}
        after: dict[int, Floats] = {}
        lost: list[str] = []
        while True:
            policy = self._policy(cols)
            now = now_expected(before, after, list(drafts))[:, cols]
            pick, worth = policy.next(now, np.array([[c in drafts for c in cols]]))
            stops = pick[0] == STOP
            at = int(worth[0].argmax()) if stops else int(pick[0])
            decision = self._told([self._models[c] for c in cols], at, now[0], worth[0], bool(stops), prompt)
            if lost:
                decision = replace(decision, why=f"{decision.why}; without {', '.join(lost)}")
            if stops:
                session.decide(decision)
                return Answer(drafts[cols[at]], decision.model)
            last = policy.last(at, len(drafts))
            try:
                reply = await session.ask(decision.model, role="answer" if last else "draft", decision=decision)
            except LASTING:
                raise
            except CallError as error:
                if error.partial is not None or len(cols) == 1:
                    raise
                lost.append(f"{decision.model} ({error.kind})")
                cols = [c for c in cols if c != cols[at]]  # the others are asked, or kept, as if it were not there
                continue
            if last:
                return Answer(reply, decision.model)
            drafts[cols[at]] = reply
            after |= self._heard(prompt, {cols[at]: reply}).after

    def _told(
        self, models: Sequence[str], at: int, now: Floats, worth: Floats, stops: bool, prompt: Prompt
    ) -> Decision:
        doing = "keeping its answer is worth more than asking on" if stops else "asking it is worth most"
        why = f"{doing}: expected quality {now[at]:.2f}, {worth[at]:.2f} with what comes after and less costs"
        floor = min(float(worth[np.isfinite(worth)].min()), 0.0) - 1.0
        values = np.where(np.isfinite(worth), worth, floor).tolist()
        scores = {m.id: floor for m in prompt.models} | dict(zip(models, values, strict=True))
        features: dict[str, float | str] = {f"quality of {m}": q for m, q in zip(models, now.tolist(), strict=True)}
        label = "accepted" if stops else "asked"
        return Decision(models[at], why, scores, 1.0, label, features, {"lambda": self.lambda_})

    def _heard(self, prompt: Prompt, drafts: dict[int, Reply]) -> Expected:
        """What is expected after these answers."""
        texts = np.full((1, len(self._models)), "", dtype=object)
        logprob = np.full((1, len(self._models)), np.nan)
        for i, reply in drafts.items():
            texts[0, i] = reply.text
            logprob[0, i] = np.nan if reply.logprob is None else reply.logprob
        return self._fitted()[0].expect([prompt], texts, logprob, list(drafts))

    def fit(self, recorded: Recorded) -> None:
        """Learn what to expect of every model. Raises BadInput for too few prompts with a scored outcome of each."""
        scored = recorded.take(recorded.covered)
        if len(scored) < FEWEST:
            raise BadInput(
                f"cascade_routing learns from {FEWEST} prompts or more with a scored outcome of every one of "
                f"{', '.join(recorded.ids)}, and {len(scored)} have one: record the missing ones, or choose fewer models"
            )
        check_costs("cascade_routing", scored.cost)
        check_teaches("cascade_routing", scored.ids, scored.quality)
        order = np.argsort(scored.cost.mean(axis=0), kind="stable")
        scored = scored.of([scored.ids[i] for i in order])
        drafters = range(len(order) - 1)
        made, held = Acceptor.learned(scored.prompts, scored.texts, scored.logprob, scored.quality, drafters)
        cost, spread = scored.cost.mean(axis=0), spreads(held)
        prices = TRIED / (1 - TRIED) / (float(cost.max()) or 1.0)
        tried = [_tried(scored, held, Lookahead(cost, spread, price, self.calls)) for price in prices]
        ends, paid, skips = (np.stack(column) for column in zip(*tried, strict=True))
        table = Table.measured(prices, ends, paid, scored.quality, scored.cost)
        self._keep(scored.ids, made, spread, table, skips)

    def survey(self, prompts: Sequence[Prompt], answers: Answers) -> Survey:
        acceptor = self._fitted()[0]
        cols = self._columns(prompts[0].models if len(prompts) else ())
        at = [answers.models.index(self._models[c]) for c in cols]
        texts = np.full((len(prompts), len(self._models)), "", dtype=object)
        logprob = np.full(texts.shape, np.nan)
        texts[:, cols], logprob[:, cols] = answers.texts[:, at], answers.logprob[:, at]
        return Survey(answers.models, cols, acceptor.expect(prompts, texts, logprob, cols[:-1]))

    def walk(self, survey: Survey) -> Walk:
        cols, n = survey.cols, len(survey.expected.before)
        places = np.array([survey.pool.index(self._models[c]) for c in cols])
        course = self._course(cols) if len(cols) > 1 else None
        if course is not None and course.price is None:
            ends = np.full(n, int(np.argmax(course.shares)))
            asked = ends[:, None] == np.arange(len(cols))
        else:
            inside = {i: survey.expected.after[c][:, cols] for i, c in enumerate(cols[:-1])}
            asked, ends = walked(self._policy(cols), Expected(survey.expected.before[:, cols], inside))
        over = np.zeros((n, len(survey.pool)), dtype=bool)
        over[:, places] = asked
        return Walk(over, places[ends], np.zeros(n, dtype=bool))

    def _policy(self, cols: Sequence[int]) -> Lookahead:
        table, price = self._fitted()[1], self._price()
        skips = bool(self._skips[table.near(price)]) or len(cols) < len(self._models)
        cost = table.alone_cost[list(cols)]
        return Lookahead(cost, self._spread[np.ix_(cols, cols)], price, self.calls, skips)

    def _price(self) -> float:
        at_most = ONLY_COST if self.lambda_ == 1 else self.lambda_ / (1 - self.lambda_)
        return at_most / self._fitted()[1].scale

    def _course(self, cols: Sequence[int]) -> Course | None:
        """Whether steps pay at this price; None for a part of the fitted pool, which was not tried."""
        whole = len(cols) == len(self._models)
        return self._fitted()[1].trade(self._price()) if whole else None

    def _columns(self, pool: Sequence[Model]) -> list[int]:
        """Where the pool's models stand among those of `fit`, from cheap to dear. Raises BadInput."""
        self._fitted()
        if unknown := [m.id for m in pool if m.id not in self._models]:
            raise BadInput(
                f"cascade_routing was fitted on {', '.join(self._models)} and knows nothing of {', '.join(unknown)}: take these "
                "out of the pool, or record them and fit anew"
            )
        return sorted(self._models.index(m.id) for m in pool)

    def _fitted(self) -> tuple[Acceptor, Table]:
        if self._acceptor is None or self._table is None:
            raise BadInput(
                "cascade_routing is not fitted: run `workbench fit cascade_routing --data NAME`, then choose it again"
            )
        return self._acceptor, self._table

    def _keep(
        self, models: tuple[str, ...], acceptor: Acceptor, spread: Floats, table: Table, skips: NDArray[np.bool_]
    ) -> None:
        self._models, self._acceptor, self._spread, self._table, self._skips = models, acceptor, spread, table, skips

    def state(self) -> dict[str, Any]:
        if self._acceptor is None or self._table is None:
            return {}
        own = {"models": list(self._models), "spread": self._spread, "skips": self._skips}
        return own | self._acceptor.state() | self._table.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._keep(
            tuple(state["models"]), Acceptor.restored(state), state["spread"], Table.restored(state), state["skips"]
        )


def _tried(scored: Recorded, held: Expected, policy: Lookahead) -> tuple[NDArray[np.intp], Floats, bool]:
    """Who answered and what it cost, with models skipped where that is shown to be worth more than each in its turn."""
    (turns, ends), (asked, skipped) = walked(replace(policy, skips=False), held), walked(policy, held)
    rows = np.arange(len(ends))
    paid, less = (np.where(x, scored.cost, 0.0).sum(axis=1) for x in (turns, asked))
    gained = scored.quality[rows, skipped] - scored.quality[rows, ends] - policy.price * (less - paid)
    shown = bool(gained.mean() > gained.std() / np.sqrt(len(gained)))
    return (skipped, less, True) if shown else (ends, paid, False)
