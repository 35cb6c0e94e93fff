"""A pool of scripted models for tests of what stands above providers, and a record of what it answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from workbench.errors import CallError
from workbench.events import Delta, Event
from workbench.providers.scripted import Scripted
from workbench.services.run import execute
from workbench.strategy import Strategy
from workbench.types import Call, Model, Outcome, Prompt, Reply, Usage, user


def model(id: str, price: float, **options: Any) -> Model:
    return Model(id, price, 3 * price, options={"words": 12, **options})


MODELS = (model("small", 0.1), model("mid", 1.0), model("big", 10.0))


def prompt(text: str = "Say hello.", id: str = "p", models: tuple[Model, ...] = MODELS) -> Prompt:
    return Prompt(id, (user(text),), models)


class Pool:
    """One scripted provider for each model."""

    def __init__(self, models: tuple[Model, ...] = MODELS) -> None:
        self._providers = {m.id: Scripted(m) for m in models}

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        async with aclosing(self._providers[call.model].stream(call)) as items:
            async for item in items:
                yield item


class Recording:
    """Keeps every call's outcome under its key."""

    def __init__(self, provider: Pool) -> None:
        self._provider = provider
        self.outcomes: dict[str, Outcome] = {}

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        try:
            async with aclosing(self._provider.stream(call)) as items:
                async for item in items:
                    if isinstance(item, Reply):
                        self.outcomes[call.key] = Outcome(call, item)
                    yield item
        except CallError as error:
            self.outcomes[call.key] = Outcome(call, Reply("", Usage(), 0.0, 0.0, 0.0), error=error.kind)
            raise


async def events_of(strategy: Strategy, asked: Prompt, provider: Any = None, **limits: Any) -> list[Event]:
    """All events of one run."""
    seen: list[Event] = []
    await execute(strategy, asked, provider or Pool(asked.models), seen.append, **limits)
    return seen
