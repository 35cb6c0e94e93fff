"""Whether each step should have a model chosen for it: the agent with a router, with one model for all steps, and models alone.

On the suite `steps`, with the real local models, one task after another and at temperature 0, where no call is made twice: entrants
that ask the same share its reply, and the time it took. A task takes minutes on two cores: `tasks` says how many are asked, in the
suite's order, which goes round its families, and a file of replies lets an interrupted measurement go on.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import suite
from workbench.errors import BadInput
from workbench.events import Run
from workbench.metrics import betting
from workbench.metrics.proportion import wilson
from workbench.services.desk import load_catalog
from workbench.services.pool import Pool
from workbench.services.record import Graders
from workbench.services.run import execute
from workbench.services.specs import registry
from workbench.session import Provider, RecordedClock
from workbench.settings import Settings
from workbench.types import Case, Model

from .replies import Replies

PER_STEP = "agent, a model chosen for each step"
REQUEST = {"temperature": 0.0, "max_tokens": 400}
STEP = {"steps": 4}
DEADLINE_S = 600.0
UNREAD = "the plan cannot be read"
"""What the agent says of such a plan in its trace."""

Entrant = tuple[str, Mapping[str, Any]]


def measure(environ: Mapping[str, str], tasks: int = 8, split: str = "", replies: Path | None = None) -> dict[str, Any]:
    """Raises BadInput where fewer than two local models are there."""
    return asyncio.run(_measured(Settings.from_env(environ), tasks, split, replies))


async def _measured(settings: Settings, tasks: int, split: str, replies: Path | None) -> dict[str, Any]:
    pool = Pool(load_catalog(settings), settings)
    models = [model for model in pool.usable() if model.provider == "local"]
    if len(models) < 2:
        raise BadInput("this needs the two local models: run `workbench models pull`")
    cases = [case for case in suite.load("steps").cases(models) if split in ("", case.split)]
    try:
        return await contest(cases[:tasks], models, Replies(pool, replies))
    finally:
        await pool.close()


async def contest(cases: Sequence[Case], models: Sequence[Model], provider: Provider) -> dict[str, Any]:
    """Every entrant on every task: figures of each, and what choosing per step gains over each of the others."""
    graders, fields = Graders(), entrants(models)
    runs: dict[str, list[Run]] = {name: [] for name in fields}
    scores: dict[str, list[float]] = {name: [] for name in fields}
    for case in cases:
        for name, (strategy, params) in fields.items():
            run = await answered(strategy, params, case, provider)
            runs[name].append(run)
            scores[name].append(float(run.answer is not None and graders.grade(case, run.text).score == 1))
    others = [name for name in fields if name != PER_STEP]
    return {
        "tasks": len(cases),
        "entrants": {name: summary(runs[name], scores[name]) for name in fields},
        "right more often than": {name: gain(scores[PER_STEP], scores[name]) for name in others},
    }


def gain(mine: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Share right, mine less theirs on the same tasks, with an interval that holds whenever the measurement was ended."""
    pairs = list(zip(mine, theirs, strict=True))
    won, lost = (sum(a > b for a, b in pairs), sum(a < b for a, b in pairs))
    return {**betting.interval([a - b for a, b in pairs]).as_json(), "tasks won": won, "tasks lost": lost}


def entrants(models: Sequence[Model]) -> dict[str, Entrant]:
    """The agent as it comes, then with each model for all steps, then each model without steps."""
    fixed = {m.id: {"strategy": "fixed", "params": {"model": m.id}} for m in models}
    return (
        {PER_STEP: ("agent", STEP)}
        | {f"agent, {id} for all steps": ("agent", {**STEP, "inner": inner}) for id, inner in fixed.items()}
        | {f"{id} alone": ("fixed", {"model": id}) for id in fixed}
    )


async def answered(strategy: str, params: Mapping[str, Any], case: Case, provider: Provider) -> Run:
    run = Run()
    built = registry().build(strategy, params)
    clock = RecordedClock()  # a reply that is shared takes every entrant the time it took
    await execute(built, case.prompt, provider, run.add, params=REQUEST, deadline_s=DEADLINE_S, clock=clock)
    return run


def summary(runs: Sequence[Run], scores: Sequence[float]) -> dict[str, Any]:
    right = round(sum(scores))
    low, high = wilson(right, len(runs))
    return {
        "right": {"value": right / len(runs), "low": low, "high": high},
        "cost_usd": statistics.fmean(run.cost_usd for run in runs),
        "calls": statistics.fmean(len(run.attempts) for run in runs),
        "seconds": statistics.fmean(run.latency_s for run in runs),
        "ended in an error": sum(run.answer is None for run in runs),
        "plans not readable": sum(any(UNREAD in d.why for d in run.decisions) for run in runs),
    }
