"""Recorded calls answered from the record: no network, no key, no cost, no guess."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from workbench.errors import NotRecorded
from workbench.events import Delta
from workbench.types import Call, Outcome, Reply

from . import _errors


class Replay:
    """Answers a call with what is recorded under its key. Takes no time: the recorded latency is in the reply."""

    def __init__(self, recorded: Mapping[str, Outcome]) -> None:
        self.recorded = recorded

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        """The recorded reply, or the recorded failure as the error it was. Raises NotRecorded for any other call."""
        outcome = self.recorded.get(call.key)
        if outcome is None:
            raise NotRecorded(
                f"{call.model}: nothing is recorded for this call; record it live first, or choose among the "
                f"{len(self.recorded)} recorded calls"
            )
        if outcome.error:
            failure = _errors.of_record(outcome.error)
            failure.waited_s = outcome.reply.latency_s
            raise failure
        if outcome.reply.text:
            yield Delta(outcome.reply.text)
        yield outcome.reply
