"""Session: the only door through which a strategy reaches models. It owns budget, clock, deadline and events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from .errors import BadReply, BudgetSpent, CallError, CallTimeout, DeadlinePassed, UnknownModel
from .events import CallFailed, CallFinished, CallStarted, Decided, Delta, Event
from .types import NOTHING, Call, Decision, Message, Model, Prompt, Reply, Role, Usage, estimate_tokens

DEFAULT_MAX_TOKENS = 512
"""What a call without `max_tokens` reserves from a budget."""


@runtime_checkable
class Provider(Protocol):
    def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        """Yield any number of Deltas, then exactly one Reply. Raise a CallError on failure.

        Closing the generator, or cancelling the task that reads it, cancels the request upstream.
        """
        ...


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the run began."""
        ...

    def advance(self, seconds: float) -> None:
        """A call took this long. Real time has passed by itself; recorded time has to be told."""
        ...


class WallClock:
    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._start

    def advance(self, seconds: float) -> None: ...


class RecordedClock:
    """Time as the recorded latencies tell it: replay takes no time and still knows how long it would have taken."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


@dataclass(slots=True)
class Ledger:
    """Money of one run: reserved before a call, settled after it, failed calls included."""

    budget_usd: float | None = None
    spent_usd: float = 0.0
    reserved_usd: float = 0.0

    def reserve(self, usd: float) -> None:
        if self.budget_usd is not None and not self.spent_usd + self.reserved_usd + usd <= self.budget_usd:
            left = max(0.0, self.budget_usd - self.spent_usd - self.reserved_usd)
            raise BudgetSpent(
                f"this call may cost ${usd:.6f} and ${left:.6f} of the ${self.budget_usd:.6f} budget is left: "
                "raise the budget, lower max tokens, or choose a cheaper model"
            )
        self.reserved_usd += usd

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        self.reserved_usd -= reserved_usd
        self.spent_usd += spent_usd


def ignore(event: Event) -> None: ...


@dataclass
class Session:
    prompt: Prompt
    provider: Provider
    emit: Callable[[Event], None] = ignore
    params: Mapping[str, Any] = field(default_factory=dict)
    """Request fields of every call of this run (temperature, max_tokens, ...)."""
    budget_usd: float | None = None
    deadline_s: float | None = None
    sample: int = 0
    clock: Clock = field(default_factory=WallClock)
    timeout_s: float | None = None
    """Longest that one call may take."""
    replies: list[Reply] = field(default_factory=list)
    asked: dict[str, bool] = field(default_factory=dict)
    """The models asked so far, by id: whether the last call of each succeeded."""

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.budget_usd)
        self._models = {m.id: m for m in self.prompt.models}
        self._count = [0]

    @property
    def cost_usd(self) -> float:
        return self._ledger.spent_usd

    @property
    def latency_s(self) -> float:
        return self.clock.now()

    def within(self, timeout_s: float) -> Session:
        """The same session (one ledger, clock, trace) with a tighter limit on each call."""
        inner = replace(self, timeout_s=min(timeout_s, self.timeout_s or timeout_s))
        inner._ledger, inner._count = self._ledger, self._count
        return inner

    def decide(self, decision: Decision) -> None:
        """Tell a decision that no call follows, such as that a draft is good enough."""
        self.emit(Decided(decision, self.clock.now()))

    async def ask(
        self,
        model: str,
        *,
        messages: Sequence[Message] | None = None,
        role: Role = "answer",
        decision: Decision | None = None,
        params: Mapping[str, Any] = NOTHING,
        sample: int = 0,
    ) -> Reply:
        """Ask one model. `params` are laid over the run's own. Raises CallError."""
        if decision is not None:
            self.decide(decision)
        try:
            reply = await self._send(model, messages, role, params, sample)
        except CallError as error:
            self.clock.advance(error.waited_s)
            raise
        self.clock.advance(reply.latency_s)
        return reply

    async def ask_all(
        self,
        models: Sequence[str],
        *,
        messages: Sequence[Message] | None = None,
        role: Role = "draft",
        params: Mapping[str, Any] = NOTHING,
    ) -> list[Reply | CallError]:
        """Ask several models at once; a failed call comes back as its error. Takes as long as the slowest."""

        async def one(model: str, sample: int) -> Reply | CallError:
            try:
                return await self._send(model, messages, role, params, sample)
            except CallError as error:
                return error

        for model in models:
            self._model(model)
        async with asyncio.TaskGroup() as group:  # a bug in one call ends the others
            tasks = [group.create_task(one(m, models[:i].count(m))) for i, m in enumerate(models)]
        results = [task.result() for task in tasks]
        self.clock.advance(max((r.latency_s if isinstance(r, Reply) else r.waited_s for r in results), default=0.0))
        return results

    async def _send(
        self, model: str, messages: Sequence[Message] | None, role: Role, params: Mapping[str, Any], sample: int
    ) -> Reply:
        entry = self._model(model)
        patience = self._patience()
        call = Call(
            model,
            tuple(self.prompt.messages if messages is None else messages),
            {**self.params, **params} if params else self.params,
            role,
            self.sample + sample,
        )
        reserved = self._estimate(entry, call) if self.budget_usd is not None else 0.0
        self._ledger.reserve(reserved)
        return await self._stream(entry, call, patience, reserved)

    async def _stream(self, entry: Model, call: Call, patience: float | None, reserved: float) -> Reply:
        n = self._count[0]
        self._count[0] += 1
        spent, heard = 0.0, [0]
        self.emit(CallStarted(n, call, self.clock.now()))
        try:
            reply = await self._read(n, call, patience, heard)
            spent = reply.cost_usd
        except (CallError, TimeoutError, asyncio.CancelledError) as error:
            spent = self._sunk(entry, call, heard[0])
            raise self._failed(n, call, error, spent, patience) from None
        except Exception:
            spent = self._sunk(entry, call, heard[0])
            self.emit(CallFailed(n, "bug", "a bug in the provider ended this call", spent, self.clock.now()))
            raise
        finally:
            self._ledger.settle(reserved, spent)
        self.replies.append(reply)
        self.asked[call.model] = True
        self.emit(CallFinished(n, reply, self.clock.now() + self._unpassed(reply.latency_s)))
        return reply

    async def _read(self, n: int, call: Call, patience: float | None, heard: list[int]) -> Reply:
        """The call's reply. `heard` counts the characters that came, which are paid for even if none does."""
        async with asyncio.timeout(patience), aclosing(self.provider.stream(call)) as items:
            async for item in items:
                if not isinstance(item, Delta):
                    break
                item.n = n
                heard[0] += len(item.text)
                self.emit(item)
            else:
                raise BadReply(f"{call.model} ended without a reply")
        if patience is not None and self._unpassed(item.latency_s) > patience:
            raise TimeoutError
        return item

    def _failed(self, n: int, call: Call, error: BaseException, spent: float, patience: float | None) -> BaseException:
        if isinstance(error, TimeoutError):
            error = self._overdue(call, patience or 0.0)
        kind = error.kind if isinstance(error, CallError) else "stopped"
        text = str(error) if isinstance(error, CallError) else "stopped"
        waited = error.waited_s if isinstance(error, CallError) else 0.0
        self.asked[call.model] = False
        self.emit(CallFailed(n, kind, text, spent, self.clock.now() + self._unpassed(waited)))
        return error

    def _overdue(self, call: Call, patience: float) -> CallError:
        """Too long for the call's own limit, or for what was left of the whole run's."""
        error: CallError = CallTimeout(f"{call.model} did not finish within {patience:.3g} s")
        if self.deadline_s is not None and patience != self.timeout_s:
            error = DeadlinePassed(f"{call.model} had not finished when the run's {self.deadline_s:.3g} s were over")
        error.waited_s = patience
        return error

    def _model(self, model: str) -> Model:
        if model not in self._models:
            raise UnknownModel(f"no model {model!r} in this pool; there are {', '.join(self._models)}")
        return self._models[model]

    def _patience(self) -> float | None:
        """Seconds that the next call may take: what the timeout and the deadline leave."""
        if self.deadline_s is None:
            return self.timeout_s
        left = self.deadline_s - self.clock.now()
        if left <= 0:
            raise DeadlinePassed(f"the run's {self.deadline_s:.3g} s are over")
        return left if self.timeout_s is None else min(left, self.timeout_s)

    def _unpassed(self, seconds: float) -> float:
        """What a recorded call still has to take when its reply is here."""
        return seconds if isinstance(self.clock, RecordedClock) else 0.0

    @staticmethod
    def _estimate(entry: Model, call: Call) -> float:
        most = max(0, int(call.params.get("max_tokens") or DEFAULT_MAX_TOKENS))
        return entry.cost_usd(Usage(sum(estimate_tokens(m.text) for m in call.messages), most))

    @staticmethod
    def _sunk(entry: Model, call: Call, length: int) -> float:
        """What a failed call still costs: nothing before its first token, an estimate after it."""
        if not length:
            return 0.0
        return entry.cost_usd(Usage(sum(estimate_tokens(m.text) for m in call.messages), max(1, length // 4)))
