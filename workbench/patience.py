"""How long the reader of a call waits: for a connection, for the first token, for the whole answer.

A session waits with a Patience. What stands between it and the model may ask about it: a provider how long to try to
connect, a breaker whether the call that is being cancelled was given up because it took too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds from sending a call; None waits for ever."""

    connect_s: float | None = None
    """Until there is a connection."""
    first_s: float | None = None
    """Until the first token is there."""
    total_s: float | None = None
    """Until the reply is complete."""
    rushed: bool = False
    """The run had so little time left when the call began that being late says nothing of the model."""

    def within(self, other: Patience) -> Patience:
        """The tighter of both in each."""
        return Patience(
            shorter(self.connect_s, other.connect_s),
            shorter(self.first_s, other.first_s),
            shorter(self.total_s, other.total_s),
        )

    @property
    def silence_s(self) -> float | None:
        """Longest that nothing at all may come."""
        return shorter(self.first_s, self.total_s)


FOREVER = Patience()


def shorter(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


class Wait:
    """One call being waited for."""

    __slots__ = ("_begun", "_limit", "_started", "patience", "queued")

    def __init__(self, patience: Patience, limit: asyncio.Timeout, started: float) -> None:
        self.patience, self._limit, self._started, self._begun = patience, limit, started, False
        self.queued = False
        """The model has not been asked yet: what the call waits for is its turn."""

    def begun(self) -> None:
        """The first token is there: from now on only the whole answer's time counts."""
        self._begun = True
        if self.patience.first_s is not None:
            total = self.patience.total_s
            self._limit.reschedule(None if total is None else self._started + total)

    @property
    def overdue(self) -> bool:
        """The model took too long, and had the time that it should have had."""
        whole = self._begun or self.patience.silence_s == self.patience.total_s
        return self._limit.expired() and not self.queued and not (whole and self.patience.rushed)


_WAIT: ContextVar[Wait | None] = ContextVar("wait", default=None)


@asynccontextmanager
async def waiting(patience: Patience) -> AsyncIterator[Wait]:
    """Raises TimeoutError in what it surrounds when the patience is over."""
    async with asyncio.timeout(patience.silence_s) as limit:
        wait = Wait(patience, limit, asyncio.get_running_loop().time())
        token = _WAIT.set(wait)
        try:
            yield wait
        finally:
            _WAIT.reset(token)


def overdue() -> bool:
    """Whether the call that this code works for is being given up because it took too long, not for another reason."""
    wait = _WAIT.get()
    return wait is not None and wait.overdue


def queued(waits: bool) -> None:
    """Told by a provider that makes calls wait for one another: giving up one that still waits says nothing of the model."""
    if (wait := _WAIT.get()) is not None:
        wait.queued = waits


def connect_s() -> float | None:
    """How long the reader of this call waits for a connection, if it says so."""
    wait = _WAIT.get()
    return None if wait is None else wait.patience.connect_s
