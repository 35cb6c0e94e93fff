"""The nodes of an agent's graph: each asks a model that a router chose for its task, and adds to the shared state."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypedDict

from strategies import _briefs as briefs
from strategies import _tools as tools
from strategies._briefs import Result
from strategies._narrowing import Kept, told
from strategies._own_calls import formed, free
from strategies._plan import Plan, Step, form, read
from strategies._pool import FINAL, by_price, only
from strategies._purse import Purse
from workbench.errors import CallError, UnknownModel
from workbench.session import Session, most_usd
from workbench.strategy import Router
from workbench.types import NOTHING, Answer, Call, Decision, Message, Model, Prompt, Reply, Role

TRIES = 2
"""Times that a program is written: it is told why the first one failed."""
HURRY = 0.25
"""Share of the deadline below which the answer is given with what is there."""


class State(TypedDict):
    """What the nodes share."""

    plan: Plan
    results: Annotated[list[Result], operator.add]
    stopped: str
    """Why no further step is made; empty while they are."""
    answer: Answer | None
    """Once there is one."""


@dataclass
class Crew:
    """The nodes for one prompt."""

    prompt: Prompt
    session: Session
    router: Router
    chosen: Mapping[str, str]
    """Kind of step -> the model set for it, where one is."""
    purse: Purse
    most_steps: int
    step_tokens: int
    code_s: float
    """Longest that a program may run; 0 where none may."""
    retell: bool
    """A model words the answer even where one program has printed it."""
    _note: str = field(default="", init=False)
    """What the next decision has to say first."""

    def __post_init__(self) -> None:
        own = free(self.session)
        self._drafts = own.on(self.prompt, params={**own.params, "max_tokens": self.step_tokens})

    async def plan(self, state: State) -> dict[str, Any]:
        messages = briefs.planning(self.prompt.messages, self.most_steps, self.code_s > 0)
        about = self._about(Step("plan", self.prompt.text))
        asked = await self._ask("plan", about, messages, [])
        if asked is None:
            return {"plan": Plan(()), "stopped": f"no money for a plan ({self.purse})"}
        plan = read(asked.reply.text, self.prompt.text, self.most_steps)
        self._note = plan.note
        return {"plan": plan}

    async def think(self, state: State) -> dict[str, Any]:
        """Reasoning and summaries: what the model says is the result."""
        step, asked = await self._draft(state)
        return {"results": [Result(step, asked.reply.text.strip())]} if asked else self._stop()

    async def code(self, state: State) -> dict[str, Any]:
        """A program that fails is written once more. What it prints is the answer where it is the whole plan."""
        tried: list[Result] = []
        for _ in range(TRIES if self.code_s else 1):
            step, asked = await self._draft(state, tried)
            if asked is None:
                break
            tried = [await self._ran(step, asked)]
            if not tried[0].failed:
                return {"results": tried, "answer": self._printed(state, asked, tried[0])}
        return {"results": tried} if tried else self._stop()

    async def tool(self, state: State) -> dict[str, Any]:
        step, asked = await self._draft(state)
        if asked is None:
            return self._stop()
        if step.tool == "calculator":
            result = tools.calculator(step, asked.reply.text)
        else:
            result = tools.lookup(step, asked.reply.text, self.prompt.messages)
        return {"results": [self._shown(result, asked.model)]}

    async def answer(self, state: State) -> dict[str, Any]:
        steps, results = state["plan"].steps, state["results"]
        if state["stopped"]:
            left = len(steps) - len(results)
            self._note = "; ".join(filter(None, [self._note, f"{state['stopped']}, {left} steps left out"]))
        messages = briefs.answering(self.prompt.messages, results)
        return {"answer": await self._ask("answer", self.prompt, messages, results, "answer")}

    def _printed(self, state: State, asked: Answer, result: Result) -> Answer | None:
        """The answer, where the program is the whole plan, has printed it to its end, and no form is asked of it."""
        if self.retell or formed(self.session.params) or not self._whole(state) or len(result.text) >= tools.MUCH:
            return None
        return Answer(replace(asked.reply, text=result.text), asked.model)

    async def _ran(self, step: Step, asked: Answer) -> Result:
        if not self.code_s:
            result = Result(step, "no program may be run here", failed=True)
        else:
            result = await tools.program(step, asked.reply.text, min(self.code_s, max(0.0, self.session.left_s)))
        return self._shown(result, asked.model)

    async def _draft(self, state: State, tried: Sequence[Result] = ()) -> tuple[Step, Answer | None]:
        """The next step, and what a model says to it; None where that would leave no money for the answer, or no time."""
        results = state["results"]
        step = state["plan"].steps[len(results)]
        if self._late:
            return step, None
        known = [*results, *tried]
        messages = briefs.doing(self.prompt.messages, known, step, whole=step.kind == "code" and self._whole(state))
        return step, await self._ask(step.kind, self._about(step), messages, known)

    def _about(self, step: Step) -> Prompt:
        """What the router decides on."""
        return replace(self.prompt, messages=briefs.routed(self.prompt.messages, step))

    def _whole(self, state: State) -> bool:
        return len(state["plan"].steps) == 1

    async def _ask(
        self, kind: str, about: Prompt, messages: Sequence[Message], results: Sequence[Result], role: Role = "draft"
    ) -> Answer | None:
        """Ask the model that fits; when it fails, one that did not. None for a draft that cannot be paid for.

        Raises BudgetSpent for an answer that cannot, the errors that no other model mends, and the last failure of all.
        """
        pool, failed = list(self.prompt.models), None
        while pool:
            able = self._able(pool, messages, results, role)
            if not able and role == "draft":
                return None
            decision = self._decide(kind, about, able or (by_price(pool)[0],), len(results), failed)
            try:
                return Answer(await self._paid(kind, decision, messages, results, role), decision.model)
            except CallError as error:
                if error.partial is not None:
                    return error.partial
                if isinstance(error, FINAL):
                    raise
                failed = error
                pool = [m for m in pool if m.id != decision.model]
        assert failed is not None
        raise failed

    def _able(
        self, pool: Sequence[Model], messages: Sequence[Message], results: Sequence[Result], role: Role
    ) -> tuple[Model, ...]:
        """Models that can be paid for, without those whose last call failed where there are others."""
        standing = [m for m in pool if self.session.asked.get(m.id, True)] or pool
        return self.purse.allowed(standing, lambda m: self._most_usd(m, messages, results, role))

    def _most_usd(self, model: Model, messages: Sequence[Message], results: Sequence[Result], role: Role) -> float:
        """What the call may cost; for a draft, together with the answer that has to follow it, by the cheapest model."""
        session = self.session if role == "answer" else self._drafts
        usd = most_usd(model, Call(model.id, tuple(messages), session.params))
        if role == "answer":
            return usd
        cheapest = by_price(self.prompt.models)[0]
        note = Result(Step("reasoning", ""), "x" * min(briefs.NOTED, 4 * self.step_tokens))
        after = briefs.answering(self.prompt.messages, [*results, note])
        return usd + most_usd(cheapest, Call(cheapest.id, after, self.session.params))

    async def _paid(
        self, kind: str, decision: Decision, messages: Sequence[Message], results: Sequence[Result], role: Role
    ) -> Reply:
        model = next(m for m in self.prompt.models if m.id == decision.model)
        session = self.session if role == "answer" else self._drafts
        params = self._form(model) if kind == "plan" else NOTHING
        with self.purse.reserved(self._most_usd(model, messages, results, role)):
            return await session.ask(decision.model, messages=messages, role=role, decision=decision, params=params)

    def _form(self, model: Model) -> Mapping[str, Any]:
        """Of a plan, for a model that can be held to one."""
        if "json" not in model.capabilities:
            return NOTHING
        kinds = briefs.kinds(self.prompt.messages, self.code_s > 0)
        return form(kinds, self.most_steps, bounded=model.provider == "local")

    def _decide(
        self, kind: str, about: Prompt, pool: tuple[Model, ...], made: int, failed: CallError | None
    ) -> Decision:
        about = replace(about, models=pool, tags={**about.tags, "task": kind})
        model = self.chosen.get(kind, "")
        if any(m.id == model for m in pool):
            decision = Decision(model, f"set for {kind}", only(model, pool))
        else:
            decision = self._routed(about)
        return told(decision, Kept(pool, self._why(kind, made, failed), kind, self._features(made)), self.prompt)

    def _routed(self, about: Prompt) -> Decision:
        """The router's choice; the cheapest model where the router insists on one that is not to be used now."""
        try:
            return self.router.decide(about)
        except UnknownModel:
            if len(about.models) == len(self.prompt.models):
                raise
            model = by_price(about.models)[0].id
            return Decision(model, "the router's model is not to be used now", only(model, about.models))

    def _why(self, kind: str, made: int, failed: CallError | None) -> str:
        note, self._note = self._note, ""
        parts = [
            note,
            kind if kind in ("plan", "answer") else f"step {made + 1}, {kind}",
            f"after a failed call ({failed.kind}: {failed})" if failed else "",
            f"the budget runs low ({self.purse}), so cheaper models only" if self.purse.degraded else "",
        ]
        return "; ".join(part for part in parts if part)

    def _features(self, made: int) -> dict[str, float | str]:
        return {"steps made": made, "budget": str(self.purse)}

    def _shown(self, result: Result, model: str) -> Result:
        """A tool's result, told in the trace."""
        did = "failed" if result.failed else "did its work"
        features: dict[str, float | str] = {"tool": result.step.kind, "result": result.text[: briefs.NOTED]}
        why = f"{result.step.kind} {did} with what {model} wrote: {result.text[:200]}"
        self.session.decide(Decision(model, why, only(model, self.prompt.models), label="tool", features=features))
        return result

    @property
    def _late(self) -> bool:
        deadline = self.session.deadline_s
        return deadline is not None and self.session.left_s < HURRY * deadline

    def _stop(self) -> dict[str, Any]:
        why = f"only {self.session.left_s:.3g} s are left" if self._late else f"no money for this step ({self.purse})"
        return {"stopped": why}
