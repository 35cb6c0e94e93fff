"""Experiments for tests: a small suite, scripted strategies, a provider that counts what it is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from tests.pool import Pool, model
from workbench.events import Delta
from workbench.services.experiment import Asked, Plan, prepare
from workbench.services.experiment_report import report
from workbench.services.experiment_run import Ended, run
from workbench.services.specs import registry
from workbench.store import open_store
from workbench.suite import Suite
from workbench.types import Call, Model, Reply

POOL = (
    model("small", 1.0, text="I say hello"),
    model("big", 10.0, text="Good day"),
    model("mid", 2.0, text="oh hello"),
)
TWO = (("fixed", {"model": "small"}), ("fixed", {"model": "big"}))


def suite(cases: int = 6, users: int = 0, **changes: Any) -> Suite:
    """Cases that are right where the answer contains hello: small and mid know it, big does not."""
    line = {"category": "x", "reference": "hello", "grader": "contains", **changes}
    asked = [{"id": f"q{i:03}", "prompt": f"Say {i}.", **line} for i in range(cases)]
    return Suite("mine", tuple(one | ({"user": f"u{i % users}"} if users else {}) for i, one in enumerate(asked)))


def plan(
    strategies: Sequence[tuple[str, Mapping[str, Any]]] = TWO,
    asked: Suite | None = None,
    pool: Sequence[Model] = POOL,
    name: str = "first",
    **options: Any,
) -> Plan:
    wanted = Asked(name, strategies, params={"max_tokens": 20}, **options)
    return prepare(registry(), wanted, asked or suite(), pool)


class Counted:
    """Counts the calls of each key, and how many there are at once."""

    def __init__(self, models: Sequence[Model] = POOL) -> None:
        self._pool = Pool(tuple(models))
        self.asked, self.now, self.most = Counter[str](), 0, 0

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.asked[call.key] += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            async with aclosing(self._pool.stream(call)) as items:
                async for item in items:
                    yield item
        finally:
            self.now -= 1


def conduct(home: Path, asked: Plan, provider: Any = None, **options: Any) -> tuple[Ended, dict[str, Any]]:
    """Run it to its end in this home; how it ended, and its report."""

    async def live() -> tuple[Ended, dict[str, Any]]:
        with open_store(home) as store:
            ended = await run(asked, provider or Counted(asked.pool), store, home, **options)
            return ended, await report(store, asked.name)

    return asyncio.run(live())


def reported(home: Path, name: str) -> dict[str, Any]:
    with open_store(home) as store:
        return asyncio.run(report(store, name))


def queried(home: Path, sql: str) -> list[dict[str, Any]]:
    with open_store(home) as store:
        return asyncio.run(store.read(sql))
