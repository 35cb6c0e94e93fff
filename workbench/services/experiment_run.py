"""Asks what an experiment lacks, case by case in its order: bounded, paid for within a budget, ended by its stop rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.events import Run
from workbench.session import Provider
from workbench.store import Row, Store
from workbench.store import observations as kept
from workbench.store.comparisons import experiment_row
from workbench.store.observations import KIND, Observation, observation_row
from workbench.store.owner import Lock
from workbench.store.runs import Origin, run_rows, spec_row

from .budget import Budgeted
from .experiment import Arm, Place, Plan
from .guards import Guards
from .keep import without_secrets
from .record import Graders, Progress, told
from .run import execute
from .share import Shared

DEADLINE_S = 600.0
"""Longest that one strategy may take over one case."""
Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """Why an experiment asks no more, and how far it is."""

    progress: Progress
    called: Sequence[str]
    """Stop rules that called, in words."""
    spent: bool
    """The budget does not pay for the next call."""

    @property
    def text(self) -> str:
        if self.called:
            return f"stopped: {'; '.join(self.called)}"
        if self.spent:
            return "the budget is spent: give more, and the same command goes on"
        return "every case is answered"


async def run(
    plan: Plan,
    provider: Provider,
    store: Store,
    home: Path,
    *,
    at_once: int = 2,
    budget_usd: float | None = None,
    report: Report = lambda progress: None,
) -> Ended:
    """Go on with an experiment until every case is answered, a stop rule calls, or the budget is spent.

    `at_once` cases are asked at a time. `budget_usd` is for the whole experiment, earlier starts included. Raises BadInput where
    the name holds another experiment, where another process runs it, and for a case that its grader cannot grade.
    """
    async with _alone(home, plan):
        await begin(plan, store)
        paid = Budgeted(provider, plan.pool, budget_usd, await kept.spent(store, plan.id))
        work = _Work(plan, paid, store, report)
        work.take(await kept.seen(store, plan.id))
        queue = iter([place for place in plan.places() if place.n not in work.answered])
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(work.through(queue))
        except BaseExceptionGroup as failures:
            raise told(failures) from None
        return Ended(work.progress, work.guards.called, work.spent)


@asynccontextmanager
async def _alone(home: Path, plan: Plan) -> AsyncIterator[None]:
    """One process at a time. The lock falls with it, however it ends."""
    folder = home / "experiments"
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock.take(folder / f"{plan.id}.lock")
    if lock is None:
        raise BadInput(f"another process runs the experiment {plan.name}: wait for it, or stop it")
    try:
        yield
    finally:
        lock.release()


async def begin(plan: Plan, store: Store) -> None:
    """Keep what it is. Raises BadInput where it was begun as something else."""
    there = await kept.named(store, plan.id)
    if there is not None:
        _same(plan, there)
        return
    row, now = plan.row(), datetime.now(UTC)
    about = experiment_row(
        plan.id, KIND, row["specs"], row["settings"], now, name=plan.name, note=plan.note, seed=plan.seed
    )
    specs = {arm.spec.key: spec_row(arm.spec, now) for arm in plan.arms}
    await store.append([about, *specs.values()])


def _same(plan: Plan, there: Mapping[str, Any]) -> None:
    """Raises BadInput, which names what differs."""
    now = plan.row()
    before = {"seed": there["seed"], "strategies": there["specs"], **there["settings"]}
    after = {"seed": now["seed"], "strategies": now["specs"], **now["settings"]}
    for name in after:
        if name != "workbench" and before.get(name) != after[name]:
            raise BadInput(
                f"the experiment {plan.name} was begun with another {name.replace('_', ' ')} ({before.get(name)}, now "
                f"{after[name]}): give this one another name, or go on as it was begun"
            )


class _Work:
    """A running experiment: which cases are answered, what the stop rules say, whether there is money left."""

    def __init__(self, plan: Plan, provider: Budgeted, store: Store, report: Report) -> None:
        self._plan, self._provider, self._store, self._report = plan, provider, store, report
        self._graders = Graders()
        self.answered: set[int] = set()
        self.guards = Guards(plan.guards, plan.alpha, [arm.label for arm in plan.arms])
        self.progress = Progress(len(plan.suite.lines))
        self.spent = False
        self._dearest = 0.0

    def take(self, seen: Sequence[Mapping[str, Any]]) -> None:
        """What earlier starts left."""
        cases: dict[int, list[Mapping[str, Any]]] = {}
        for row in seen:
            cases.setdefault(row["n"], []).append(row)
        for n, rows in cases.items():
            self._add(n, rows)
        self.progress.before = self.progress.done
        self._report(self.progress)

    async def through(self, queue: Iterator[Place]) -> None:
        for place in queue:
            if self.spent or self.guards.called or not self._affordable():
                return
            await self._answer(place)

    def _affordable(self) -> bool:
        """Whether a case as dear as the dearest so far is paid for: none is begun to be cut off in the middle."""
        ledger = self._provider.ledger
        if ledger.budget_usd is not None:
            self.spent |= ledger.spent_usd + ledger.reserved_usd + self._dearest > ledger.budget_usd
        return not self.spent

    async def _answer(self, place: Place) -> None:
        """All that answer a case, at once; equal calls are one call. What comes of it is kept together."""
        shared, arms = Shared(self._provider), self._plan.assigned(place)
        runs = await asyncio.gather(*(self._ask(place, self._plan.arms[i], shared) for i in arms))
        cut = any(attempt.kind == "budget" for run in runs for attempt in run.attempts)
        self.spent |= cut
        rows: list[Row] = []
        seen: list[Mapping[str, Any]] = []
        for i, run in zip(arms, runs, strict=True):
            run_id = self._store.new_id()
            rows += self._kept(place, i, run_id, run, shared)
            if not cut:  # what money cut off says nothing of a strategy: it is paid for and not observed
                found = Observation(
                    run_id, self._plan.id, place.n, i, place.case.prompt.id, place.unit,
                    self._plan.arms[i].share, *await self._graded(place, run),
                )  # fmt: skip
                rows.append(observation_row(found, datetime.now(UTC)))
                seen.append(_seen(found, run))
        await self._store.append(rows)
        if not cut:
            self._add(place.n, seen)
            self._report(self.progress)

    async def _ask(self, place: Place, arm: Arm, provider: Provider) -> Run:
        run = Run()
        await execute(
            arm.strategy, place.case.prompt, provider, run.add, params=self._plan.params, deadline_s=DEADLINE_S
        )
        return run

    async def _graded(self, place: Place, run: Run) -> tuple[float, str]:
        """A run without an answer is an outcome of quality 0."""
        if run.answer is None:
            return 0.0, f"{run.kind}: {run.error}"
        grade = await asyncio.to_thread(self._graders.grade, place.case, run.answer.reply.text)
        return grade.score, grade.why

    def _kept(self, place: Place, i: int, run_id: str, run: Run, shared: Shared) -> list[Row]:
        both = any(shared.shared(attempt.call.key) for attempt in run.attempts)
        origin = Origin(KIND, experiment_id=self._plan.id, shared=both)
        rows = run_rows(run_id, run, self._plan.arms[i].spec, place.case.prompt, origin, datetime.now(UTC))
        return without_secrets(rows, [arm.strategy for arm in self._plan.arms], place.case.prompt)

    def _add(self, n: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """One whole case."""
        self.answered.add(n)
        self.guards.add(n, rows)
        self.progress.done += 1
        self.progress.failed += sum(bool(row["error"]) for row in rows)
        self.progress.right += sum(row["quality"] for row in rows) / len(rows)
        self._dearest = max(self._dearest, sum(row["cost_usd"] for row in rows))
        self.progress.cost_usd = self._provider.ledger.spent_usd


def _seen(found: Observation, run: Run) -> dict[str, Any]:
    """What stop rules look at, as it would be read back."""
    return {
        "n": found.n,
        "arm": found.arm,
        "quality": found.quality,
        "cost_usd": run.cost_usd,
        "latency_s": run.latency_s,
        "error": run.error,
    }
