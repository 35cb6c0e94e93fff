"""One strategy answers one prompt, telling what happens as it happens. The last event is always Finished."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from workbench.errors import BadInput, WorkbenchError
from workbench.events import Event, Finished
from workbench.session import Clock, Provider, Session, WallClock
from workbench.strategy import Strategy
from workbench.types import NOTHING, Answer, Prompt

from .specs import NO_MODELS

log = logging.getLogger(__name__)


async def execute(
    strategy: Strategy,
    prompt: Prompt,
    provider: Provider,
    emit: Callable[[Event], None],
    *,
    params: Mapping[str, Any] = NOTHING,
    budget_usd: float | None = None,
    deadline_s: float | None = None,
    sample: int = 0,
    clock: Clock | None = None,
) -> None:
    """Run a strategy and emit every event. Raises nothing but CancelledError, and that after Finished.

    `clock` is the wall's unless told otherwise: recorded calls are told by a RecordedClock.

    A bug of the strategy or the provider ends the run with kind `bug`; its traceback goes to the log, never to the
    user.
    """
    if params:
        prompt = replace(prompt, request=params)
    session = Session(prompt, provider, emit, params, budget_usd, deadline_s, sample, clock or WallClock())

    def finish(answer: Answer | None, error: str = "", kind: str = "") -> None:
        emit(Finished(answer, session.cost_usd, session.latency_s, error, kind))

    try:
        if not prompt.models:
            raise BadInput(NO_MODELS)
        answer = await strategy.run(prompt, session)
    except WorkbenchError as error:
        finish(None, str(error), error.kind)
    except asyncio.CancelledError:
        finish(None, "stopped", "stopped")
        raise
    except Exception:  # a bug: its traceback is for the log, its run has to end
        log.exception("%s failed on prompt %s", type(strategy).__name__, prompt.id)
        finish(None, "a bug in the strategy or its provider ended this run; the log has the details", "bug")
    else:
        finish(answer)


async def stream(
    strategy: Strategy,
    prompt: Prompt,
    provider: Provider,
    *,
    params: Mapping[str, Any] = NOTHING,
    budget_usd: float | None = None,
    deadline_s: float | None = None,
    sample: int = 0,
) -> AsyncGenerator[Event]:
    """The events of one run. Closing the generator stops the run and waits until its calls are closed."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    run = execute(
        strategy,
        prompt,
        provider,
        events.put_nowait,
        params=params,
        budget_usd=budget_usd,
        deadline_s=deadline_s,
        sample=sample,
    )
    task = asyncio.create_task(run)
    try:
        while not isinstance(event := await events.get(), Finished):
            yield event
        yield event
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
