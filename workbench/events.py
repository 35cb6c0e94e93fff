"""What happens during a run, as it happens; and the Run, which is the fold of its events.

The page, the gateway and the store are three readers of this one stream. Times (`at_s`) are seconds since
the run began, by the session's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .types import CUT, Answer, Call, Decision, Reply, Usage


@dataclass(frozen=True, slots=True)
class Decided:
    decision: Decision
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CallStarted:
    n: int
    """Number of the call within its run, from 0; a retry of an equal call has its own."""
    call: Call
    at_s: float = 0.0


@dataclass(slots=True)
class Delta:
    """A piece of an answer. Not frozen: thousands a second are made, and the session stamps `n`."""

    text: str
    n: int = 0
    came: int | None = None
    """Characters that the model wrote for it, where something in between holds some back or changes them."""


@dataclass(frozen=True, slots=True)
class CallFinished:
    n: int
    reply: Reply
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CallFailed:
    n: int
    kind: str
    error: str
    cost_usd: float = 0.0
    """Money is settled for failed calls too: what came before the failure is paid for."""
    at_s: float = 0.0
    ttft_s: float | None = None
    """Time to the first token, where one came before the failure."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of every run: with an answer, or with the error that ended it."""

    answer: Answer | None
    cost_usd: float
    latency_s: float
    error: str = ""
    kind: str = ""


Event = Decided | CallStarted | Delta | CallFinished | CallFailed | Finished


@dataclass(slots=True)
class Attempt:
    """One call of a run as the trace shows it."""

    n: int
    call: Call
    started_s: float
    ended_s: float | None = None
    text: str = ""
    reply: Reply | None = None
    error: str = ""
    kind: str = ""
    cost_usd: float = 0.0
    first_s: float | None = None
    """Time to the first token of a call that failed after it."""

    @property
    def ttft_s(self) -> float | None:
        return self.reply.ttft_s if self.reply else self.first_s


@dataclass(slots=True)
class Run:
    """A run so far: `add` takes the next event."""

    attempts: list[Attempt] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    answer: Answer | None = None
    error: str = ""
    kind: str = ""
    cost_usd: float = 0.0
    latency_s: float = 0.0
    finished: bool = False

    @property
    def decision(self) -> Decision | None:
        """The last one made: a fallback that chose again has the last word."""
        return self.decisions[-1] if self.decisions else None

    @property
    def answering(self) -> Attempt | None:
        """The newest call whose words the user reads."""
        return next((a for a in reversed(self.attempts) if a.call.role == "answer"), None)

    @property
    def text(self) -> str:
        """What the user reads: the answer, or as much of it as came."""
        if self.answer:
            return self.answer.reply.text
        return self.answering.text if self.answering else ""

    @property
    def cut(self) -> bool:
        """The answer broke off; what had come of it is kept."""
        return self.answer is not None and self.answer.reply.finish == CUT

    @property
    def usages(self) -> list[Usage]:
        """Tokens of every call that gave something to read."""
        found = [a.reply.usage for a in self.attempts if a.reply]
        return [*found, self.answer.reply.usage] if self.answer and self.cut else found

    @property
    def ttft_s(self) -> float | None:
        """Run start to the first word the user could read. An accepted draft, and what is made of one, is read when it is accepted."""
        if self.answer is None:
            return None
        for a in reversed(self.attempts):
            if a.reply is self.answer.reply:
                if a.call.role != "answer":
                    return self.latency_s
                first = a.started_s + a.reply.ttft_s
                return first if a.ended_s is None else min(first, a.ended_s)  # sooner where the reply was shared
            if a.first_s is not None and self.cut and a.text == self.text:
                return a.started_s + a.first_s
        return None if self.answering else self.latency_s

    def add(self, event: Event) -> None:
        match event:
            case Delta(text, n):
                self.attempts[n].text += text
            case CallStarted(n, call, at_s):
                self.attempts.append(Attempt(n, call, at_s))
            case CallFinished(n, reply, at_s):
                a = self.attempts[n]
                a.reply, a.text, a.ended_s, a.cost_usd = reply, reply.text, at_s, reply.cost_usd
            case CallFailed(n, kind, error, cost, at_s, ttft_s):
                a = self.attempts[n]
                a.kind, a.error, a.cost_usd, a.ended_s, a.first_s = kind, error, cost, at_s, ttft_s
            case Decided(decision):
                self.decisions.append(decision)
            case Finished(answer, cost, latency, error, kind):
                self.answer, self.cost_usd, self.latency_s = answer, cost, latency
                self.error, self.kind, self.finished = error, kind, True


def fold(events: Iterable[Event]) -> Run:
    run = Run()
    for event in events:
        run.add(event)
    return run
