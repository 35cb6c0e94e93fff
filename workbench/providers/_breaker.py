"""A breaker around each endpoint: what fails again and again is left alone for a while, then tried with one call.

Closed lets every call through. It opens after so many failures in a row, or when so large a share of the calls of the
last minute failed; a single endpoint too, since asking it on would help nobody. Open refuses at once. When its time is
over it is half-open: exactly one call, the probe, goes through. If that succeeds the breaker closes, else it opens for
twice as long as before.

Failures are what tells of an ill endpoint: timeouts (a caller that gave up waiting included, unless its run had hardly any
time left when it asked, or it still waited its turn in the provider's queue), 429, 5xx, refused and reset connections,
garbage, broken streams. A refused key or request is not one: the endpoint answered, and would refuse
it elsewhere too. A call that its reader stopped says nothing.

`Model.options` it reads: `breaker`, false for none, or a table of the fields of Rule.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, fields

from workbench.errors import (
    BadCatalog,
    BadReply,
    BreakerOpen,
    CallError,
    CallTimeout,
    QueueFull,
    RateLimited,
    ServerFailed,
    StreamCut,
)
from workbench.events import Delta
from workbench.health import Health, Standing
from workbench.patience import overdue
from workbench.session import Provider
from workbench.types import Call, Model, Reply

ILL = (CallTimeout, RateLimited, ServerFailed, BadReply, StreamCut)
ILL_KINDS = frozenset(error.kind for error in ILL)
"""As they are stored. A call that the end of its run cut short is not among them: the store does not tell how much time it
had been given."""
WELL_KINDS = frozenset(("", "auth", "bad_request", "context"))
LONGEST_RETRY_AFTER_S = 3600.0
REMEMBERED = 1000
"""Calls of the window, at most."""
MOST, LARGEST = 1_000_000, {"rate": 1, "calls": REMEMBERED}
"""Of failures and seconds (twelve days); of what has a limit of its own."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a breaker opens, and for how long."""

    failures: int = 5
    """In a row."""
    rate: float = 0.5
    """Share of failed calls in the window."""
    calls: int = 20
    """Fewest in the window for its share to count."""
    window_s: float = 60.0
    open_s: float = 10.0
    """The first time; twice as long each time that a probe fails."""
    longest_s: float = 300.0

    @classmethod
    def of(cls, model: Model) -> Rule | None:
        """What the catalog entry says; None where it wants no breaker. Raises BadCatalog."""
        given = model.options.get("breaker", {})
        if given is False:
            return None
        if not isinstance(given, Mapping):
            raise BadCatalog(f"{model.id}: the option breaker must be a table or false, not {given!r}")
        known = [f.name for f in fields(cls)]
        for name, value in given.items():
            if name not in known:
                raise BadCatalog(f"{model.id}: a breaker has no field {name!r}; it has {', '.join(known)}")
            most = LARGEST.get(name, MOST)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
                raise BadCatalog(f"{model.id}: breaker.{name} must be a number above 0, {most} at most, not {value!r}")
        return cls(**given)


class Breaker:
    """The state of one endpoint. `now` in seconds, from any fixed point. For one event loop."""

    def __init__(self, name: str, rule: Rule, now: Callable[[], float] = time.monotonic) -> None:
        self._name, self._rule, self._now = name, rule, now
        self._calls: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)
        self._in_a_row = 0
        self._until: float | None = None
        """When an open breaker becomes half-open; None while closed."""
        self._openings = 0
        """How often it opened since it was closed."""
        self._why = ""
        self._probing = False
        self._life = 0
        """Changes with the state: what was admitted in an earlier one has no say in this one."""

    def standing(self) -> Standing:
        if self._until is None:
            return Standing()
        left = self._until - self._now()
        return Standing("open", left, self._why) if left > 0 else Standing("half-open", 0.0, self._why, self._probing)

    def admit(self) -> int:
        """Let a call through and return its ticket, for `settle`. Raises BreakerOpen."""
        if self._until is None:
            return self._life
        left = self._until - self._now()
        if left > 0:
            raise BreakerOpen(
                f"{self._name} is left alone for {left:.3g} s more ({self._why}); ask another model", left
            )
        if self._probing:
            raise BreakerOpen(f"{self._name} is being tried with one call ({self._why}); ask another model")
        self._probing = True
        return self._life

    def settle(self, ticket: int, ok: bool | None, wait_s: float | None = None) -> bool:
        """How an admitted call ended; None tells nothing of the endpoint. `wait_s`: what it asked for itself.

        True when this closed the breaker.
        """
        if ticket != self._life:
            return False
        if self._until is None:
            if ok is not None:
                self._count(ok, self._now(), wait_s)
            return False
        if ok is False:
            self._open(self._now(), "its probe failed", wait_s)
        elif ok:
            self._close()
        else:
            self._probing = False
            self._life += 1
        return bool(ok)

    def seen(self, ok: bool, ago_s: float) -> bool:
        """A call that ended earlier, told in order: how a breaker gets to where it was when its process ended.

        True when this closed the breaker.
        """
        at = self._now() - ago_s
        if self._until is None:
            self._count(ok, at, None)
            return False
        if at < self._until:
            return False  # begun before it opened
        if not ok:
            self._open(at, "its probe failed", None)
            return False
        self._close()
        return True

    def _count(self, ok: bool, at: float, wait_s: float | None) -> None:
        self._calls.append((at, ok))
        while self._calls[0][0] < at - self._rule.window_s:
            self._calls.popleft()
        self._in_a_row = 0 if ok else self._in_a_row + 1
        if not ok and (why := self._reason()):
            self._open(at, why, wait_s)

    def _reason(self) -> str:
        """Why to open, if there is a reason."""
        if self._in_a_row >= self._rule.failures:
            return "its last call failed" if self._in_a_row == 1 else f"{self._in_a_row} calls failed in a row"
        n, failed = len(self._calls), sum(not ok for _, ok in self._calls)
        if n >= self._rule.calls and failed >= self._rule.rate * n:
            return f"{failed} of {n} calls failed within {self._rule.window_s:.3g} s"
        return ""

    def _open(self, at: float, why: str, wait_s: float | None) -> None:
        rule = self._rule
        planned = min(max(rule.open_s, rule.longest_s), rule.open_s * 2.0 ** min(self._openings, 30))
        self._until = at + max(planned, min(wait_s or 0.0, LONGEST_RETRY_AFTER_S))
        self._why = why if not self._openings else f"{self._why.partition('; ')[0]}; {why}"
        self._openings += 1
        self._begin()

    def _close(self) -> None:
        self._until, self._openings, self._why = None, 0, ""
        self._begin()

    def _begin(self) -> None:
        self._life += 1
        self._probing, self._in_a_row = False, 0
        self._calls.clear()


class Guarded:
    """A provider behind a breaker, whose calls are told to Health."""

    def __init__(self, provider: Provider, model: str, breaker: Breaker | None, health: Health) -> None:
        self._provider, self._model, self._breaker, self._health = provider, model, breaker, health

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        """The provider's own stream. Raises BreakerOpen when the endpoint is left alone."""
        ticket = self._breaker.admit() if self._breaker else 0
        try:
            async with aclosing(self._provider.stream(call)) as items:
                async for item in items:
                    if isinstance(item, Reply):
                        self._settle(ticket, True)
                        self._health.finished(self._model, item.latency_s, item.ttft_s)
                    yield item
        except CallError as error:
            self._failed(ticket, error)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if overdue():
                self._ill(ticket)
            raise
        finally:
            self._settle(ticket, None)  # no more than frees the probe's place, if nothing was settled before

    async def close(self) -> None:
        if hasattr(self._provider, "close"):
            await self._provider.close()

    def _failed(self, ticket: int, error: CallError) -> None:
        if isinstance(error, ILL):
            self._ill(ticket, error.retry_after_s)
        elif not isinstance(error, QueueFull):
            self._settle(ticket, True)  # refused, so there is somebody

    def _ill(self, ticket: int, wait_s: float | None = None) -> None:
        self._health.failed(self._model)
        self._settle(ticket, False, wait_s)

    def _settle(self, ticket: int, ok: bool | None, wait_s: float | None = None) -> None:
        if self._breaker and self._breaker.settle(ticket, ok, wait_s):
            self._health.recovered(self._model)
