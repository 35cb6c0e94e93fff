"""How models do lately: decayed averages of latency and failures, for strategies and pages to read.

A call counts in full when it ends and half as much after each half-life. What was not asked for long is unknown again,
so that it is tried again. An endpoint is a catalog entry: one model at one address.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

HALF_LIFE_S = 600.0
FAINT = 0.05
"""Calls, decayed: an average of fewer says nothing any more (43 minutes after a single call)."""

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a breaker lets calls through."""

    state: State = "closed"
    """open: none; half-open: one, which decides."""
    retry_in_s: float = 0.0
    """Seconds until an open one becomes half-open."""
    why: str = ""
    """What opened it."""
    probing: bool = False
    """Half-open, and the one call is on its way."""

    @property
    def shut(self) -> bool:
        """A call now would be refused."""
        return self.state == "open" or self.probing


@dataclass(frozen=True, slots=True)
class Vitals:
    """One model lately. None where nothing is known."""

    calls: float = 0.0
    """Ended calls, decayed."""
    error_rate: float | None = None
    """Share of calls that failed for reasons of the endpoint's: timeouts, 429, 5xx, broken streams."""
    latency_s: float | None = None
    """Sending to the last token, of calls that succeeded."""
    ttft_s: float | None = None
    """Sending to the first token."""
    standing: Standing = Standing()

    def as_json(self) -> dict[str, Any]:
        """What the command line and the pages are given."""
        found = {name: getattr(self, name) for name in ("calls", "error_rate", "latency_s", "ttft_s")}
        return found | {"breaker": asdict(self.standing)}


class Decayed:
    """A mean in which a value weighs half as much after each half-life."""

    __slots__ = ("_at", "_sum", "_weight")

    def __init__(self) -> None:
        self._at, self._sum, self._weight = 0.0, 0.0, 0.0

    def add(self, value: float, at: float, half_life_s: float) -> None:
        kept = self._kept(at, half_life_s)
        if at >= self._at:
            self._sum, self._weight, self._at = self._sum * kept + value, self._weight * kept + 1.0, at
        else:  # it ended before the last one did
            late = 0.5 ** ((self._at - at) / half_life_s)
            self._sum, self._weight = self._sum + late * value, self._weight + late

    def weight(self, at: float, half_life_s: float) -> float:
        return self._weight * self._kept(at, half_life_s)

    def mean(self, at: float, half_life_s: float) -> float | None:
        return self._sum / self._weight if self.weight(at, half_life_s) >= FAINT else None

    def _kept(self, at: float, half_life_s: float) -> float:
        return 0.5 ** (max(0.0, at - self._at) / half_life_s) if self._weight else 0.0


@dataclass(slots=True)
class _Figures:
    failed: Decayed = field(default_factory=Decayed)
    latency: Decayed = field(default_factory=Decayed)
    ttft: Decayed = field(default_factory=Decayed)


def _heard(calls: float) -> float:
    return calls if calls >= FAINT else 0.0


CLOSED, UNKNOWN = Standing(), Vitals()


def _closed() -> Standing:
    return CLOSED


class Health:
    """Vitals of every model. `now` in seconds, from any fixed point."""

    def __init__(self, half_life_s: float = HALF_LIFE_S, now: Callable[[], float] = time.monotonic) -> None:
        self._half_life_s, self._now = half_life_s, now
        self._figures: dict[str, _Figures] = {}
        self._standing: dict[str, Callable[[], Standing]] = {}

    def finished(self, model: str, latency_s: float, ttft_s: float | None, *, ago_s: float = 0.0) -> None:
        """A call succeeded. `ttft_s` None where the first token's time is not known."""
        figures, at = self._of(model), self._now() - ago_s
        figures.failed.add(0.0, at, self._half_life_s)
        figures.latency.add(latency_s, at, self._half_life_s)
        if ttft_s is not None:
            figures.ttft.add(ttft_s, at, self._half_life_s)

    def failed(self, model: str, *, ago_s: float = 0.0) -> None:
        """A call failed, and not because of what was asked."""
        self._of(model).failed.add(1.0, self._now() - ago_s, self._half_life_s)

    def recovered(self, model: str) -> None:
        """Its breaker closed again: failures before that say nothing of what it is like now."""
        self._of(model).failed = Decayed()

    def watch(self, model: str, standing: Callable[[], Standing]) -> None:
        """Where to ask for the state of the model's breaker."""
        self._standing[model] = standing

    def of(self, model: str) -> Vitals:
        figures = self._figures.get(model)
        if figures is None:
            return Vitals(standing=self._standing[model]()) if model in self._standing else UNKNOWN
        at, half = self._now(), self._half_life_s
        return Vitals(
            _heard(figures.failed.weight(at, half)),
            figures.failed.mean(at, half),
            figures.latency.mean(at, half),
            figures.ttft.mean(at, half),
            self._standing.get(model, _closed)(),
        )

    def _of(self, model: str) -> _Figures:
        return self._figures.setdefault(model, _Figures())


class Shared:
    """The process's one Health, which strategies read and services feed."""

    def __init__(self) -> None:
        self.health = Health()


_shared = Shared()
_HERE: ContextVar[Health | None] = ContextVar("health", default=None)


def shared() -> Health:
    """What strategies read. Knows nothing inside `unknown`."""
    return _HERE.get() or _shared.health


def use(health: Health) -> None:
    """Choose the Health of this process."""
    _shared.health = health


@contextmanager
def unknown() -> Iterator[None]:
    """Here nothing is known of any model: replay must not depend on how they do today."""
    token = _HERE.set(Health())
    try:
        yield
    finally:
        _HERE.reset(token)
