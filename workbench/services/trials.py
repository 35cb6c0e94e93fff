"""Experiments that the app runs itself, one at a time. One that ends with the app goes on where it was when it is begun again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench import suite
from workbench.errors import BadInput, WorkbenchError
from workbench.registry import Registry
from workbench.settings import Settings
from workbench.store import Store
from workbench.strategy import Strategy
from workbench.suite import Suite

from .ask import candidates
from .experiment import ASSIGN, Asked, Assign, Plan, prepare
from .experiment_run import begin, run
from .pool import Pool

MAX_TOKENS = 256
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks for."""

    asked: Asked
    suite: str
    limit: int | None
    budget_usd: float | None
    models: Sequence[str]

    @classmethod
    def parse(cls, given: Any) -> Wish:
        """From JSON: {name, strategies: [{strategy, params}], suite, assign, limit, budget_usd, models, note}. Raises BadInput."""
        try:
            strategies = [(str(one["strategy"]), dict(one.get("params") or {})) for one in given["strategies"]]
            assign: Assign = given.get("assign") or "paired"
            limit, budget = given.get("limit"), given.get("budget_usd")
            params = {"temperature": 0.0, "max_tokens": MAX_TOKENS}
            asked = Asked(str(given["name"]), strategies, assign, params=params, note=str(given.get("note") or ""))
            models = [str(model) for model in given.get("models") or ()]
            numbers = (None if limit is None else int(limit), None if budget is None else float(budget))
            wish = cls(asked, str(given["suite"]), *numbers, models)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadInput(f"an experiment names itself, its strategies and a suite ({error!r})") from None
        if assign not in ASSIGN or (limit is not None and wish.limit is not None and wish.limit < 1):
            raise BadInput(f"strategies are assigned {', '.join(ASSIGN)}, and at least one case is asked")
        if wish.budget_usd is not None and not 0 <= wish.budget_usd < float("inf"):
            raise BadInput("a budget is a number of USD, 0 or more; leave it out to spend without a limit")
        return wish


class Trials:
    """The experiments of one process."""

    def __init__(self, settings: Settings, pool: Pool, strategies: Registry[Strategy], store: Store) -> None:
        self._settings, self._pool, self._strategies, self._store = settings, pool, strategies, store
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._id = ""
        self._problems: dict[str, str] = {}

    def suites(self) -> list[dict[str, Any]]:
        """Names of the suites there are, with how many cases each has."""
        return [{"name": name, "cases": len(self._load(name).lines)} for name in suite.names(self._settings.home)]

    async def start(self, wish: Wish) -> str:
        """Begin it, or go on with it. Returns its id once it is checked. Raises WorkbenchError; BadInput while another runs."""
        async with self._turn:
            if self._task and not self._task.done():
                raise BadInput("an experiment is running already: stop it, or wait until it has ended")
            plan = await asyncio.to_thread(self._plan, wish)
            await begin(plan, self._store)  # who is told its id can read it
            self._id = plan.id
            self._problems.pop(plan.id, None)
            self._task = asyncio.create_task(self._through(plan, wish.budget_usd))
            return plan.id

    def _plan(self, wish: Wish) -> Plan:
        cases = self._load(wish.suite)
        cut = Suite(cases.name, cases.lines[: wish.limit])
        return prepare(self._strategies, wish.asked, cut, candidates(self._pool, wish.models))

    def _load(self, name: str) -> Suite:
        """By name alone: a page names no files. Raises BadInput."""
        if name not in suite.names(self._settings.home):
            raise BadInput(f"no suite named {name!r}; there are {', '.join(suite.names(self._settings.home))}")
        return suite.load(name, self._settings.home)

    async def _through(self, plan: Plan, budget_usd: float | None) -> None:
        try:
            ended = await run(plan, self._pool, self._store, self._settings.home, budget_usd=budget_usd)
            self._problems[plan.id] = ended.text if ended.spent else ""
        except WorkbenchError as error:
            self._problems[plan.id] = str(error)
        except Exception as error:  # a fault of ours: nobody waits for this task, so it is told here
            log.exception("the experiment %s broke", plan.id)
            self._problems[plan.id] = (
                f"the workbench broke ({error!r}): what was answered is kept; begin it again to go on"
            )

    def state(self, experiment: str) -> Mapping[str, Any]:
        """Whether it runs here, and what ended it early."""
        running = self._id == experiment and self._task is not None and not self._task.done()
        return {"running": running, "problem": self._problems.get(experiment, "")}

    async def stop(self) -> None:
        """End the one that runs; what was answered is kept."""
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def close(self) -> None:
        await self.stop()
