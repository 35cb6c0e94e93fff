"""Asks from the machines of a Ray cluster: one asker on each, with the models and keys that its own machine has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.errors import BadInput, WorkbenchError
from workbench.settings import Settings
from workbench.types import Case, Model

from .cluster import connected
from .desk import load_catalog
from .pool import Pool
from .record import Direct, Plan

SHARE = 0.5
"""Processors that Ray sets aside for an asker: it waits for models most of the time."""
AT_ONCE = 1000
"""Calls that one asker may have open; how many there are of a model is for the recording to say."""


class Remote:
    """An Asker whose calls are made, timed and graded on the machine that is least busy with them."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        """Starts the askers. Raises BadInput where there is no cluster. Nothing of this environment travels, keys above all."""
        self._ray = connected()
        machines = sum(1 for node in self._ray.nodes() if node["Alive"])
        asker = self._ray.remote(_Asker).options(num_cpus=SHARE, scheduling_strategy="SPREAD", max_concurrency=AT_ONCE)
        known = replace(settings, environ={})
        self._askers = [asker.remote(plan, known) for _ in range(machines)]
        self._open = [0] * machines

    async def outcome(self, model: Model, case: Case) -> dict[str, Any]:
        at = self._open.index(min(self._open))
        self._open[at] += 1
        try:
            row: dict[str, Any] = await self._askers[at].outcome.remote(model.id, case.prompt.id)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise (cause if isinstance(cause, WorkbenchError) else error) from None
        except self._ray.exceptions.RayError as error:
            raise BadInput(
                f"a machine of the Ray cluster was lost ({error}): the same command goes on from here"
            ) from None
        finally:
            self._open[at] -= 1
        return row


class _Asker:
    """What runs on a machine of the cluster."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        environ: Mapping[str, str] = os.environ  # noqa: TID251 - a process of its own, which has its own environment
        own = replace(settings, environ=dict(environ))
        self._direct = Direct(plan, Pool(load_catalog(own), own, breakers=False))
        self._models = {model.id: model for model in plan.models}
        self._cases = {case.prompt.id: case for case in plan.cases()}

    async def outcome(self, model: str, query: str) -> dict[str, Any]:
        return await self._direct.outcome(self._models[model], self._cases[query])
