"""A strategy that looks at answers, run over recorded calls exactly as it runs live: same code, recorded words and times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.errors import NotRecorded, WorkbenchError
from workbench.events import CallFailed, CallStarted, Event, Finished
from workbench.metrics.sweep import Choices
from workbench.providers.replay import Replay
from workbench.recorded import Floats, Recorded
from workbench.session import RecordedClock
from workbench.strategy import Strategy
from workbench.types import Call, Outcome, Prompt, Reply, Usage

from .run import execute

SEVERAL = 255
"""A choice that is no single model: the run failed, or a call that it made is not recorded."""


@dataclass(frozen=True)
class Rerun:
    """What came of n prompts. Quality is NaN where the strategy made a call that is not recorded."""

    choices: Choices
    """(n,), the column of the model that answered, or SEVERAL."""
    quality: Floats
    cost: Floats
    """(n,), USD, of all calls."""
    latency: Floats
    """(n,), seconds by the recorded clock."""
    calls: Floats
    failed: Floats
    """(n,), 1 where no answer came."""


class Calls(Mapping[str, Outcome]):
    """The recorded calls of one prompt, by their keys."""

    def __init__(self, recorded: Recorded, row: int) -> None:
        known = np.flatnonzero(~np.isnan(recorded.quality[row]))
        found = [_outcome(recorded, row, int(col)) for col in known]
        self._outcomes = {outcome.call.key: outcome for outcome in found}

    def __getitem__(self, key: str) -> Outcome:
        return self._outcomes[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)


def _outcome(recorded: Recorded, row: int, col: int) -> Outcome:
    call = Call(recorded.ids[col], recorded.prompts[row].messages)
    tokens_in, tokens_out = recorded.tokens[row, col].tolist()
    latency, logprob = float(recorded.latency[row, col]), float(recorded.logprob[row, col])
    seconds = 0.0 if np.isnan(latency) else latency
    text, cost = recorded.texts[row, col], float(recorded.cost[row, col])
    said = Reply(text, Usage(tokens_in, tokens_out), cost, seconds, seconds, None if np.isnan(logprob) else logprob)
    return Outcome(call, said, float(recorded.quality[row, col]), recorded.errors[row, col])


def rerun(strategy: Strategy, held: Recorded) -> Rerun:
    """Every prompt through the strategy's own `run`. Raises WorkbenchError where that has a bug, naming the prompt."""
    n = len(held)
    out = Rerun(np.full(n, SEVERAL, dtype=np.uint8), *(np.full(n, np.nan) for _ in range(5)))
    column = {model: col for col, model in enumerate(held.ids)}
    for row, events in enumerate(asyncio.run(_all(strategy, held))):
        if any(isinstance(event, CallFailed) and event.kind == NotRecorded.kind for event in events):
            continue
        finished = events[-1]
        assert isinstance(finished, Finished)
        if finished.kind == "bug":
            raise WorkbenchError(f"{type(strategy).__name__} failed on prompt {held.prompts[row].id}: {finished.error}")
        answer = finished.answer
        out.choices[row] = column[answer.model] if answer else SEVERAL
        out.quality[row] = held.quality[row, column[answer.model]] if answer else 0.0
        out.cost[row], out.latency[row] = finished.cost_usd, finished.latency_s
        out.calls[row] = sum(isinstance(event, CallStarted) for event in events)
        out.failed[row] = answer is None
    return out


async def _all(strategy: Strategy, held: Recorded) -> list[list[Event]]:
    return [await _events(strategy, prompt, Calls(held, row)) for row, prompt in enumerate(held.prompts)]


async def _events(strategy: Strategy, prompt: Prompt, calls: Calls) -> list[Event]:
    events: list[Event] = []
    await execute(strategy, prompt, Replay(calls), events.append, clock=RecordedClock())
    return events
