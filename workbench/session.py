"""Session: the only door through which a strategy reaches models. It owns budget, clock, deadline and events."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from .errors import BadReply, BudgetSpent, CallError, CallTimeout, DeadlinePassed, QueueFull, UnknownModel
from .events import CallFailed, CallFinished, CallStarted, Decided, Delta, Event
from .patience import FOREVER, Patience, Wait, waiting
from .types import (
    CUT,
    NOTHING,
    Answer,
    Call,
    Decision,
    Message,
    Model,
    Prompt,
    Reply,
    Role,
    Usage,
    longest_answer,
    sent_tokens,
)

RUSHED = 0.5
"""A call that begins with less of the run's time left than this share, and is late, is not to blame."""
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

    async def sleep(self, seconds: float) -> None:
        """Let this time pass."""
        ...


class WallClock:
    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._start

    def advance(self, seconds: float) -> None: ...

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RecordedClock:
    """Time as the recorded latencies tell it: replay takes no time and still knows how long it would have taken."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


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


@dataclass(slots=True)
class Heard:
    """What came of one answer so far."""

    started_s: float
    texts: list[str] = field(default_factory=list)
    """What was passed on."""
    ttft_s: float | None = None
    came: int = 0
    """Characters that the model wrote, passed on or not: all are paid for."""
    wait: Wait | None = None


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
    patience: Patience = FOREVER
    """How long one call may take; the deadline may leave it less."""
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

    @property
    def left_s(self) -> float:
        """Seconds until the deadline; infinite without one."""
        return math.inf if self.deadline_s is None else self.deadline_s - self.clock.now()

    def within(
        self, timeout_s: float | None = None, *, first_token_s: float | None = None, connect_s: float | None = None
    ) -> Session:
        """The same session (one ledger, clock, trace) with tighter limits on each call."""
        return self._same(patience=self.patience.within(Patience(connect_s, first_token_s, timeout_s)))

    def on(
        self,
        prompt: Prompt,
        *,
        provider: Provider | None = None,
        emit: Callable[[Event], None] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Session:
        """The same session about a prompt that a strategy changed, or whose pool it narrowed.

        Its calls go through `provider`, and its events to `emit`, where these are given: each stands before this session's.
        `params` take the place of the run's request fields.
        """
        fields = self.params if params is None else params
        return self._same(prompt=prompt, provider=provider or self.provider, emit=emit or self.emit, params=fields)

    def _same(self, **changes: Any) -> Session:
        inner = replace(self, **changes)
        inner._ledger, inner._count = self._ledger, self._count
        return inner

    async def pause(self, seconds: float) -> None:
        """Wait between two calls. Raises DeadlinePassed, at once, when that would outlast the run."""
        if seconds >= self.left_s:
            raise DeadlinePassed(f"the run's {self.deadline_s:.3g} s end before a wait of {seconds:.3g} s does")
        await self.clock.sleep(seconds)

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
        reserved = most_usd(entry, call) if self.budget_usd is not None else 0.0
        self._ledger.reserve(reserved)
        return await self._stream(entry, call, patience, reserved)

    async def _stream(self, entry: Model, call: Call, patience: Patience, reserved: float) -> Reply:
        n = self._count[0]
        self._count[0] += 1
        spent, heard = 0.0, Heard(self.clock.now())
        self.emit(CallStarted(n, call, heard.started_s))
        try:
            reply = await self._read(n, call, patience, heard)
            spent = reply.cost_usd
        except (CallError, TimeoutError, asyncio.CancelledError) as error:
            usage = sunk(call, heard.came)
            spent = entry.cost_usd(usage)
            failure = self._overdue(call, patience, heard) if isinstance(error, TimeoutError) else error
            raise self._failed(n, call, failure, usage, spent, heard) from None
        except Exception:  # a bug of the provider's: the call ends, and it is raised
            spent = entry.cost_usd(sunk(call, heard.came))
            self.emit(CallFailed(n, "bug", "a bug in the provider ended this call", spent, self.clock.now()))
            raise
        finally:
            self._ledger.settle(reserved, spent)
        self.replies.append(reply)
        self.asked[call.model] = True
        self.emit(CallFinished(n, reply, self.clock.now() + self._unpassed(reply.latency_s)))
        return reply

    async def _read(self, n: int, call: Call, patience: Patience, heard: Heard) -> Reply:
        """The call's reply. What was `heard` is paid for even if no reply comes."""
        async with waiting(patience) as wait, aclosing(self.provider.stream(call)) as items:
            heard.wait = wait
            async for item in items:
                if not isinstance(item, Delta):
                    break
                if heard.ttft_s is None:
                    wait.begun()
                    heard.ttft_s = self.clock.now() - heard.started_s
                item.n = n
                heard.came += len(item.text) if item.came is None else item.came
                if item.text or item.came is None:
                    heard.texts.append(item.text)
                    self.emit(item)
            else:
                raise BadReply(f"{call.model} ended without a reply")
        self._in_time(item, patience, heard)
        return item

    def _in_time(self, reply: Reply, patience: Patience, heard: Heard) -> None:
        """Raises TimeoutError for a recorded reply that would have come too late. Where nothing is known of its first
        token (it came with the last, says the record), only the whole counts."""
        first, whole = self._unpassed(reply.ttft_s), self._unpassed(reply.latency_s)
        if patience.first_s is not None and patience.first_s < first < whole:
            heard.texts.clear()
            heard.came = 0
            raise TimeoutError
        if patience.total_s is not None and whole > patience.total_s:
            raise TimeoutError

    def _failed(
        self, n: int, call: Call, error: BaseException, usage: Usage, spent: float, heard: Heard
    ) -> BaseException:
        """Tell of the failure. The error carries what the reader has read by then, if it was reading."""
        kind, text, waited = "stopped", "stopped", 0.0
        if isinstance(error, CallError):
            kind, text, waited = error.kind, str(error), error.waited_s
            error.model = call.model
            error.partial = self._partial(call, usage, spent, heard) if call.role == "answer" else None
        self.asked[call.model] = False
        at = self.clock.now() + self._unpassed(waited)
        self.emit(CallFailed(n, kind, text, spent, at, heard.ttft_s if heard.came else None))
        return error

    def _partial(self, call: Call, usage: Usage, spent: float, heard: Heard) -> Answer | None:
        if not heard.texts:
            return None
        took = self.clock.now() - heard.started_s
        reply = Reply("".join(heard.texts), usage, spent, took, min(took, heard.ttft_s or 0.0), finish=CUT)
        return Answer(reply, call.model)

    def _overdue(self, call: Call, patience: Patience, heard: Heard) -> CallError:
        """Too long for the call's own limits, or for what was left of the whole run's."""
        waited = patience.total_s if heard.came else patience.silence_s
        so_far = f"; {heard.came} characters had come" if heard.came else ""
        error: CallError
        if waited is None:  # nobody here set a limit
            error = CallTimeout(f"{call.model} timed out by a limit of its provider's own{so_far}")
        elif self.deadline_s is not None and waited == patience.total_s != self.patience.total_s:
            error = DeadlinePassed(
                f"{call.model} had not finished when the run's {self.deadline_s:.3g} s were over{so_far}"
            )
        elif heard.wait is not None and heard.wait.queued:
            error = QueueFull(
                f"{call.model} had no time for this call within {waited:.3g} s: ask again, or another model"
            )
        elif waited != patience.total_s:
            error = CallTimeout(f"{call.model} sent nothing within {waited:.3g} s")
        else:
            error = CallTimeout(f"{call.model} did not finish within {waited:.3g} s{so_far}")
        error.waited_s = waited or 0.0
        return error

    def _model(self, model: str) -> Model:
        if model not in self._models:
            raise UnknownModel(f"no model {model!r} in this pool; there are {', '.join(self._models)}")
        return self._models[model]

    def _patience(self) -> Patience:
        """How long the next call may take: what its own limits and the deadline leave."""
        left = self.left_s
        if left <= 0:
            raise DeadlinePassed(f"the run's {self.deadline_s:.3g} s are over")
        if self.deadline_s is None or (self.patience.total_s is not None and self.patience.total_s <= left):
            return self.patience
        return replace(self.patience, total_s=left, rushed=left < RUSHED * self.deadline_s)

    def _unpassed(self, seconds: float) -> float:
        """What a recorded call still has to take when its reply is here."""
        return seconds if isinstance(self.clock, RecordedClock) else 0.0


def most_usd(entry: Model, call: Call) -> float:
    """What a call may cost: an answer as long as it allows."""
    return entry.cost_usd(
        Usage(sent_tokens(call.messages, call.params), longest_answer(call.params, DEFAULT_MAX_TOKENS))
    )


def sunk(call: Call, length: int) -> Usage:
    """What a failed call is still charged for: nothing before its first token, an estimate after it. `length` in characters."""
    if not length:
        return Usage()
    return Usage(sent_tokens(call.messages, call.params), max(1, length // 4), estimated=True)
