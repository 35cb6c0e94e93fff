"""Asking one model after another until one answers: what `fallback` and `region` share.

Each call has a patience for its connection, its first token and the whole answer. A stream that breaks before its first
token is followed by the next model, which the reader never notices; after it, what came is kept and marked cut. When every
model has failed, those worth another try are asked again: as often as there are retries, each not before its Retry-After
(or, without one, after a pause that doubles and varies), and only where the run's deadline leaves the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from strategies._pool import FINAL
from workbench.errors import AuthFailed, BadRequest, CallError
from workbench.health import shared
from workbench.session import Session
from workbench.types import NOTHING, Answer, Decision, Prompt

HOPELESS = (AuthFailed, BadRequest)
"""Errors that another try at the same model does not mend."""


@dataclass
class Chain:
    """The tries of one run."""

    prompt: Prompt
    session: Session
    """With the limits that each call has."""
    retries: int
    """Calls to models that failed before."""
    backoff_s: float
    features: Mapping[str, float | str] = field(default_factory=dict)
    """What the order was made by, for the trace."""
    failed: CallError | None = None
    """The last failure."""
    _after: dict[str, float] = field(default_factory=dict)
    """When a model that failed may be asked again, by the session's clock."""

    def __post_init__(self) -> None:
        self._random = Random(self.prompt.id)  # noqa: S311 - a replay has to wait as long

    async def answer(self, models: Sequence[str], why: str) -> Answer:
        """The first answer of these models. `why` the first of them is asked. Raises the last failure."""
        for i, model in enumerate(models):
            if found := await self._ask(model, models[i:], self._reason(why)):
                return found
        for attempt in range(self.retries):
            if (again := self._again()) is None:
                break
            model, wait_s = again
            await self.session.pause(wait_s)
            if found := await self._ask(model, [model], f"asked again, retry {attempt + 1}, {self._reason(why)}"):
                return found
        assert self.failed is not None
        raise self.failed

    def note(self, error: CallError) -> Answer | None:
        """A call failed. Returns what the reader has read of its answer by then, None before its first token; raises what
        no other model mends."""
        if error.partial is not None:
            return error.partial
        if isinstance(error, FINAL):
            raise error
        self.failed = error
        if isinstance(error, HOPELESS):
            self._after.pop(error.model, None)
        else:
            self._after[error.model] = self.session.clock.now() + self._pause(error)
        return None

    async def _ask(self, model: str, left: Sequence[str], why: str) -> Answer | None:
        decision = Decision(model, why, _places(left, self.prompt), features=self.features or NOTHING)
        try:
            return Answer(await self.session.ask(model, decision=decision), model)
        except CallError as error:
            return self.note(error)

    def _reason(self, why: str) -> str:
        return f"after a failed call ({self.failed.kind}: {self.failed})" if self.failed else why

    def _again(self) -> tuple[str, float] | None:
        """The model that may be asked soonest, and the seconds until then; None where the run ends before."""
        if not self._after:
            return None
        model = min(self._after, key=lambda m: self._after[m])
        wait_s = max(0.0, self._after[model] - self.session.clock.now())
        return (model, wait_s) if wait_s < self.session.left_s else None

    def _pause(self, error: CallError) -> float:
        """What it asked for, else between half and all of the back-off."""
        if error.retry_after_s is not None:
            return error.retry_after_s
        pause, self.backoff_s = self.backoff_s, 2 * self.backoff_s
        return pause * self._random.uniform(0.5, 1.0)


def _places(left: Sequence[str], prompt: Prompt) -> dict[str, float]:
    """1 for the next, a half for the one after it, a third, ...; 0 for those that are not to be asked."""
    return {m.id: 0.0 for m in prompt.models} | {m: 1 / (i + 1) for i, m in enumerate(left)}


def shut(model: str) -> bool:
    """Whether an open breaker would refuse a call now."""
    return shared().of(model).standing.shut
