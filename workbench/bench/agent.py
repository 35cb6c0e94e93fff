"""Whether each step should have a model chosen for it: the agent with a router, with one model for all steps, and models alone.

On the suite `steps`, with the real local models, one task after another and at temperature 0. A task takes a minute on two cores:
`tasks` says how many are asked, in the suite's order, which goes round its families.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench import suite
from workbench.errors import BadInput
from workbench.events import Run
from workbench.metrics import bootstrap
from workbench.metrics.proportion import wilson
from workbench.services.desk import load_catalog
from workbench.services.pool import Pool
from workbench.services.record import Graders
from workbench.services.run import execute
from workbench.services.specs import registry
from workbench.session import Provider
from workbench.settings import Settings
from workbench.types import Case, Model

PER_STEP = "agent, a model chosen for each step"
REQUEST = {"temperature": 0.0, "max_tokens": 200}
STEP = {"step_tokens": 300, "steps": 4}
DEADLINE_S = 600.0
UNREAD = "the plan cannot be read"
"""What the agent says of such a plan in its trace."""

Entrant = tuple[str, Mapping[str, Any]]


def measure(environ: Mapping[str, str], tasks: int = 8) -> dict[str, Any]:
    """Raises BadInput where fewer than two local models are there."""
    return asyncio.run(_measured(Settings.from_env(environ), tasks))


async def _measured(settings: Settings, tasks: int) -> dict[str, Any]:
    pool = Pool(load_catalog(settings), settings)
    models = [model for model in pool.usable() if model.provider == "local"]
    if len(models) < 2:
        raise BadInput("this needs the two local models: run `workbench models pull`")
    try:
        return await contest(models, pool, tasks)
    finally:
        await pool.close()


async def contest(models: Sequence[Model], provider: Provider, tasks: int) -> dict[str, Any]:
    """Every entrant on the first so many tasks: figures of each, and what choosing per step gains over each of the others."""
    cases = list(suite.load("steps").cases(models))[:tasks]
    graders = Graders()
    scores: dict[str, list[float]] = {}
    figures: dict[str, Any] = {}
    for name, (strategy, params) in entrants(models).items():
        runs = [await answered(strategy, params, case, provider) for case in cases]
        scores[name] = [
            graders.grade(case, run.text).score if run.answer else 0.0 for case, run in zip(cases, runs, strict=True)
        ]
        figures[name] = summary(runs, scores[name])
    drawn = bootstrap.weights(len(cases))
    mine = np.array(scores[PER_STEP])
    gains = {
        name: bootstrap.mean(mine - np.array(s), drawn).as_json() for name, s in scores.items() if name != PER_STEP
    }
    return {"tasks": len(cases), "entrants": figures, "right more often than": gains}


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
    await execute(built, case.prompt, provider, run.add, params=REQUEST, deadline_s=DEADLINE_S)
    return run


def summary(runs: Sequence[Run], scores: Sequence[float]) -> dict[str, Any]:
    right = sum(score == 1 for score in scores)
    low, high = wilson(right, len(runs))
    return {
        "right": {"value": right / len(runs), "low": low, "high": high},
        "cost_usd": statistics.fmean(run.cost_usd for run in runs),
        "calls": statistics.fmean(len(run.attempts) for run in runs),
        "seconds": statistics.fmean(run.latency_s for run in runs),
        "ended in an error": sum(run.answer is None for run in runs),
        "plans not readable": sum(any(UNREAD in d.why for d in run.decisions) for run in runs),
    }
