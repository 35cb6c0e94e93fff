"""One question, one strategy, one answer: what the command line asks. Checked before anything is spent.

Questions asked in the same way (strategy, parameters, pool, system prompt, request fields) are one experiment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.errors import BadInput
from workbench.events import Event, Finished, Run
from workbench.registry import Registry
from workbench.session import Provider
from workbench.store import Row
from workbench.store.comparisons import experiment_row
from workbench.store.runs import Origin, run_rows
from workbench.strategy import Router, Strategy
from workbench.types import Decision, Model, Prompt, Spec, content_key, system, user

from .compare import check_prompt
from .keep import without_secrets
from .pool import Pool
from .run import execute
from .specs import build, name_of


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask and how. `request` holds the request fields of every call (temperature, max_tokens)."""

    text: str
    pool: Sequence[Model]
    strategy: str = "complexity"
    params: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    budget_usd: float | None = None
    deadline_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that passed its checks. `run` grows while it is answered."""

    id: str
    spec: Spec
    strategy: Strategy
    prompt: Prompt
    question: Question
    run: Run = field(default_factory=Run)

    async def answer(self, provider: Provider, emit: Callable[[Event], None]) -> Run:
        """Run to the end, telling every event. A failure is the run's error; only CancelledError is raised."""

        def take(event: Event) -> None:
            self.run.add(event)
            emit(event)

        q = self.question
        try:
            await execute(
                self.strategy,
                self.prompt,
                provider,
                take,
                params=q.request,
                budget_usd=q.budget_usd,
                deadline_s=q.deadline_s,
            )
        except asyncio.CancelledError:
            if not self.run.finished:  # cancelled before its first step
                take(Finished(None, 0.0, 0.0, "stopped", "stopped"))
            raise
        return self.run

    def rows(self, at: datetime) -> list[Row]:
        """What the store keeps of it, ended at `at`. The experiment's row is there already from the second time on."""
        q, spec = self.question, self.spec
        settings = {"system": q.system, "params": dict(q.request), "budget_usd": q.budget_usd}
        experiment = content_key(["ask", spec.key, settings])
        origin = Origin("ask", experiment_id=experiment)
        rows = [
            experiment_row(experiment, "ask", [spec.key], settings, at, name=f"ask {spec.strategy}"),
            *run_rows(self.id, self.run, spec, self.prompt, origin, at),
        ]
        return without_secrets(rows, [self.strategy], self.prompt)

    def decide(self) -> Decision | None:
        """The route without a call; None where the strategy decides only as it asks."""
        router = self.strategy
        return router.decision(self.prompt) if isinstance(router, Router) and router.decides else None


def undecided(strategy: Strategy) -> str:
    """Name of the strategy, it or one that it wraps, that decides only as it asks."""
    for inner in vars(strategy).values() if isinstance(strategy, Router) else ():
        if isinstance(inner, Strategy) and not (isinstance(inner, Router) and inner.decides):
            return undecided(inner)
    return name_of(strategy)


def routers(strategies: Registry[Strategy]) -> list[str]:
    """Names of those that decide once, before any call."""
    return [name for name in strategies.names() if issubclass(strategies.load(name), Router)]


def candidates(pool: Pool, names: Sequence[str] | None, *, called: bool = True) -> list[Model]:
    """The named models, or every usable one. Raises UnknownModel, and BadInput for one that is to be called and cannot."""
    entries = {e.model.id: e for e in pool.entries()}
    if not names:
        return [e.model for e in entries.values() if not e.reason]
    found = [entries[pool.catalog.entry(name).model.id] for name in dict.fromkeys(names)]
    if called and (dead := next((e for e in found if e.reason), None)):
        raise BadInput(f"{dead.model.id} cannot be used: {dead.reason}")
    return [e.model for e in found]


def prepare(strategies: Registry[Strategy], question: Question, run_id: str) -> Asking:
    """Build the strategy and check the prompt. Raises UnknownPlugin, BadParameter or BadInput."""
    spec, strategy = build(strategies, question.strategy, question.params, pool=question.pool)
    check_prompt(question.text, question.pool)
    said = [system(question.system)] if question.system else []
    prompt = Prompt(run_id, (*said, user(question.text)), tuple(question.pool), request=question.request)
    return Asking(run_id, spec, strategy, prompt, question)
