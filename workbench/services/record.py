"""Asks every model every case of a suite, grades the answers and keeps them: today's calls are tomorrow's replay.

What is answered is one line of a journal before the next is asked, so that a recording that was stopped, killed or cut
off goes on where it was; its Parquet file is written whenever it ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from workbench import __version__
from workbench.agreeing import majority
from workbench.errors import BadInput, CallError, WorkbenchError
from workbench.graders._grader import Grade, Grader
from workbench.registry import Registry
from workbench.session import Provider
from workbench.suite import Suite
from workbench.types import NOTHING, Call, Case, Model, Reply

from .judge import Judge, Spent

JUDGE = "judge"
"""The grader that asks a model."""
SYNC_EVERY_S = 1.0
"""A killed process loses nothing; a machine that loses power loses at most what came in this time."""


class Asked(Protocol):
    """What is asked: of which models, which cases."""

    @property
    def models(self) -> Sequence[Model]: ...

    def head(self) -> dict[str, Any]:
        """What must be the same when it goes on."""
        ...

    def cases(self) -> list[Case]: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recording asks: it can only be resumed as what it was begun."""

    suite: Suite
    models: Sequence[Model]
    params: Mapping[str, Any]
    """Request fields of every call, such as temperature and max_tokens."""
    judge: Judge | None = None
    """Of cases whose grader is a judge."""
    samples: Mapping[str, int] = field(default_factory=dict)
    """How often these models are asked each case; one answer of the others. What most agree on is then the answer, and the
    logarithm of their share its confidence."""

    def head(self) -> dict[str, Any]:
        head: dict[str, Any] = {"suite": self.suite.name, "suite_key": self.suite.key, "params": dict(self.params)}
        if self.samples:
            head["samples"] = dict(self.samples)
        return head if self.judge is None else {**head, "judge": self.judge.model.id, **self.judge.rubric.stamp}

    def cases(self) -> list[Case]:
        return list(self.suite.cases(self.models))


@dataclass(slots=True)
class Progress:
    """How far a recording is. `left_s` counts on the rate since it was (re)started."""

    total: int
    done: int = 0
    failed: int = 0
    right: float = 0.0
    cost_usd: float = 0.0
    before: int = 0
    """Of `done`: what an earlier start had answered."""
    began: float = field(default_factory=time.monotonic)

    @property
    def per_s(self) -> float:
        return (self.done - self.before) / max(1e-9, time.monotonic() - self.began)

    @property
    def left_s(self) -> float | None:
        return (self.total - self.done) / self.per_s if self.done > self.before else None

    def add(self, row: Mapping[str, Any]) -> None:
        self.done += 1
        self.failed += row["error"] is not None
        self.right += row["quality"] or 0.0
        self.cost_usd += row["cost_usd"]


class Journal:
    """Rows of one recording, one JSON line each, after a line that says what is recorded. One process at a time."""

    def __init__(self, path: Path, plan: Asked) -> None:
        """Opens or begins it. Raises BadInput when it holds another recording, or another process writes it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.rows = path, dict[tuple[str, str], dict[str, Any]]()
        self._file = path.open("a+b")
        try:
            _lock(self._file, path)
            self._begin(plan)
        except BaseException:
            self._file.close()
            raise
        self._synced = time.monotonic()

    def _begin(self, plan: Asked) -> None:
        self._file.seek(0)
        whole = 0
        for n, line in enumerate(self._file):
            if not line.endswith(b"\n"):
                break  # cut in the middle of a write: that answer was not kept
            whole += len(line)
            value = self._read(line, n)
            if n == 0:
                self._same(plan, value)
            else:
                self.rows[value["query_id"], value["model"]] = value
        self._file.truncate(whole)
        if not whole:
            self._write(plan.head())

    def _read(self, line: bytes, n: int) -> dict[str, Any]:
        try:
            value = json.loads(line)
            if n and not {"query_id", "model"} <= set(value):
                raise ValueError("it names no query and model")
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"line {n + 1} of {self.path} is broken ({error}): take the line out to ask that one again, or give another --name"
            ) from None
        return dict(value)

    def _same(self, plan: Asked, head: Mapping[str, Any]) -> None:
        for name, value in plan.head().items():
            if head.get(name) != value:
                raise BadInput(
                    f"{self.path} holds a recording with another {name.replace('_', ' ')} ({head.get(name)}, now {value}): "
                    "give this one another --name, or delete that file to record anew"
                )

    def add(self, row: dict[str, Any]) -> None:
        """Keep one row. It survives the end of this process from here on."""
        self._write(row)
        self.rows[row["query_id"], row["model"]] = row
        if time.monotonic() - self._synced > SYNC_EVERY_S:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def _write(self, value: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.fsync(self._file.fileno())
        self._file.close()


def _lock(file: IO[bytes], path: Path) -> None:
    """The system lets go of it when the process ends, however it ends."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BadInput(f"another process is recording to {path}: wait for it, or choose another --name") from None


class Asker(Protocol):
    """Who asks a model a case and grades its answer, here or on another machine."""

    async def outcome(self, model: Model, case: Case) -> dict[str, Any]:
        """One row of the long form. Raises BadInput for a case that its grader cannot grade."""
        ...


class Direct:
    """Asks and grades in this process."""

    def __init__(self, plan: Plan, provider: Provider) -> None:
        self._plan, self._provider, self._graders = plan, provider, Graders(plan.judge)

    async def outcome(self, model: Model, case: Case) -> dict[str, Any]:
        return await outcome(self._plan, model, case, self._provider, self._graders)


async def record(
    plan: Asked,
    asker: Asker,
    journal: Journal,
    *,
    at_once: int = 2,
    again: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Ask what the journal lacks, at most `at_once` calls of each model at a time. `again`: failed calls count as lacking.

    A failed call is an outcome of quality 0. Raises BadInput for a case that its grader cannot grade.
    """
    todo = list(_lacking(plan, journal, again))
    wanted = {(case.prompt.id, model.id) for model in plan.models for case in plan.cases()}
    progress = Progress(len(wanted))
    for key in wanted - {(case.prompt.id, model.id) for model, case in todo}:
        progress.add(journal.rows[key])
    progress.before = progress.done
    report(progress)

    async def work(queue: Iterator[tuple[Model, Case]]) -> None:
        for model, case in queue:
            row = await asker.outcome(model, case)
            journal.add(row)
            progress.add(row)
            report(progress)

    try:
        async with asyncio.TaskGroup() as group:
            for model in plan.models:
                queue = iter([pair for pair in todo if pair[0].id == model.id])
                for _ in range(at_once):
                    group.create_task(work(queue))
    except BaseExceptionGroup as failures:
        raise told(failures) from None
    return progress


def told(failures: BaseExceptionGroup) -> BaseException:
    """Of what ended several tasks, the first that says what mends it; all of it where none does."""
    return next((e for e in failures.exceptions if isinstance(e, WorkbenchError)), failures)


def _lacking(plan: Asked, journal: Journal, again: bool) -> Iterator[tuple[Model, Case]]:
    for case in plan.cases():
        for model in plan.models:
            row = journal.rows.get((case.prompt.id, model.id))
            if row is None or (again and row["error"]):
                yield model, case


class Graders:
    """Graders by name, built on first use."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge
        self._registry: Registry[Grader] = Registry("workbench.graders", Grader)
        self._built: dict[str, Grader] = {}

    def grade(self, case: Case, text: str) -> Grade:
        if case.grader not in self._built:
            self._built[case.grader] = self._registry.build(case.grader)
        return self._built[case.grader].grade(case, text)

    async def graded(self, case: Case, text: str) -> dict[str, Any]:
        """Columns of a row: its quality, and what a judge was asked for it, whose cost is never the answer's."""
        if case.grader == JUDGE and self._judge is not None:
            return await _judged(replace(self._judge, spent=Spent()), case, text)
        return {"quality": (await asyncio.to_thread(self.grade, case, text)).score}


async def _judged(judge: Judge, case: Case, text: str) -> dict[str, Any]:
    """Where the judge fails the answer has no quality: none is made up."""
    found: dict[str, Any]
    try:
        score = await judge.score(case.prompt.messages, text, case.reference or "")
        found = {"quality": score.quality, "judge_reason": score.reason}
    except CallError as error:
        found = {"quality": None, "judge_error": f"{error.kind}: {error}"}
    return found | {"judge_calls": judge.spent.calls, "judge_cost_usd": judge.spent.cost_usd}


async def outcome(plan: Plan, model: Model, case: Case, provider: Provider, graders: Graders) -> dict[str, Any]:
    """One row of the long form: the model's answer to the case, graded, or its failure."""
    began, count = time.monotonic(), plan.samples.get(model.id, 1)
    try:
        replies = [
            await _asked(provider, Call(model.id, case.prompt.messages, plan.params, sample=i)) for i in range(count)
        ]
    except CallError as error:
        waited = error.waited_s or time.monotonic() - began
        return _row(plan, model, case) | {
            "quality": 0.0,
            "latency_ms": 1e3 * waited,
            "error": f"{error.kind}: {error}",
        }
    vote = majority([r.text for r in replies], [0.0] * count)
    reply = replies[vote.winner]
    return _row(plan, model, case) | {
        "response": reply.text,
        **await graders.graded(case, reply.text),
        "cost_usd": sum(r.cost_usd for r in replies),
        "prompt_tokens": sum(r.usage.tokens_in for r in replies),
        "completion_tokens": sum(r.usage.tokens_out for r in replies),
        "latency_ms": round(
            1e3 * max(r.latency_s for r in replies), 3
        ),  # samples are asked for at once where they are used
        "ttft_ms": round(1e3 * reply.ttft_s, 3),
        "confidence": log(vote.share) if model.id in plan.samples else reply.logprob,
        "finish": reply.finish,
    }


async def _asked(provider: Provider, call: Call) -> Reply:
    async with aclosing(provider.stream(call)) as items:
        return [item async for item in items if isinstance(item, Reply)][-1]


def _row(plan: Plan, model: Model, case: Case) -> dict[str, Any]:
    *before, last = case.prompt.messages
    return {
        "dataset": plan.suite.name,
        "split": case.split,
        "category": case.prompt.tags.get("category", ""),
        "query_id": case.prompt.id,
        "prompt": last.text,
        "context": json.dumps([m.as_json() for m in before], ensure_ascii=False) if before else None,
        "model": model.id,
        "response": None,
        "cost_usd": 0.0,
        "cost_basis": "nominal" if model.nominal else "list_price",
        "error": None,
    }


def about(plan: Plan, rows: Iterable[Mapping[str, Any]] = (), agreement: Mapping[str, Any] = NOTHING) -> dict[str, str]:
    """What the recording's file says of itself. What judging cost stands here alone, never in the outcomes' own cost."""
    pool = [{"id": m.id, "price_in": m.price_in, "price_out": m.price_out, "nominal": m.nominal} for m in plan.models]
    head = plan.head() | {"models": pool, "workbench": __version__}
    if plan.judge is not None:
        asked = [row for row in rows if "judge_calls" in row]
        head["judged"] = sum("judge_error" not in row for row in asked)
        head["judge_failed"] = len(asked) - head["judged"]
        head["judge_calls"] = sum(row["judge_calls"] for row in asked)
        head["judge_cost_usd"] = sum(row["judge_cost_usd"] for row in asked)
        head["judge_agreement"] = dict(agreement)
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for name, value in head.items()
    }
