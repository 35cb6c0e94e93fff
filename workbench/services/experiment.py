"""An experiment: strategies answer the cases of a suite live, each graded, and are held against the first of them.

What it is stands in the store's `experiments` (Specs, seed, suite with its hash, how strategies are assigned, stop rules, the
version that began it), what it saw in `runs`, `calls`, `decisions` and `observations`. In the store, not in a journal of its own
as a recording: an append is durable when it returns and kept once, the app and the command line write to it side by side,
and pages, exports and `workbench query` read it as they read all else. A case's rows go in together, so an experiment
that was stopped or killed goes on with the first case that is not whole and asks nothing of the others again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import isclose
from typing import Any, Literal

from workbench import __version__
from workbench.decisions import FLOOR
from workbench.errors import BadInput
from workbench.registry import Registry
from workbench.store.observations import KIND
from workbench.strategy import Strategy
from workbench.suite import Suite
from workbench.types import Case, Model, Spec, content_key

from .fit import held
from .folds import TRAIN
from .guards import COLUMNS
from .specs import build, titled

Assign = Literal["paired", "prompt", "user"]
"""Every strategy answers each case; or one does, drawn for the case, or for its user."""
ASSIGN: tuple[Assign, ...] = ("paired", "prompt", "user")
MOST = 8
"""Strategies in one experiment."""
Order = Literal["order", "assign"]


@dataclass(frozen=True)
class Arm:
    """One of the strategies that are compared."""

    label: str
    spec: Spec
    strategy: Strategy
    share: float
    """Probability with which it is assigned; 1 where every strategy answers."""


@dataclass(frozen=True)
class Place:
    """A case within the experiment's order."""

    n: int
    case: Case
    unit: str
    """The user it hangs together with, or its own id."""


@dataclass(frozen=True)
class Plan:
    """What an experiment asks: it can only be gone on with as what it was begun."""

    name: str
    suite: Suite
    arms: Sequence[Arm]
    pool: Sequence[Model]
    assign: Assign = "paired"
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    """Request fields of every call, such as temperature and max_tokens."""
    guards: Mapping[str, float] = field(default_factory=dict)
    """Limits of stop rules: cost in USD a prompt, latency in seconds, errors as a share."""
    alpha: float = 0.05
    note: str = ""

    @property
    def id(self) -> str:
        return content_key([KIND, self.name])

    def settings(self) -> dict[str, Any]:
        """All that may not change while it runs, as the store keeps it."""
        return {
            "suite": self.suite.name,
            "suite_key": self.suite.key,
            "cases": len(self.suite.lines),
            "assign": self.assign,
            "labels": [arm.label for arm in self.arms],
            "shares": [arm.share for arm in self.arms],
            "clustered": self.clustered,
            "params": dict(self.params),
            "guards": dict(self.guards),
            "alpha": self.alpha,
            "learned": [held(arm.strategy) for arm in self.arms],
        }

    @property
    def clustered(self) -> bool:
        """Some user asked more than one case: what is independent is the user."""
        users = [line["user"] for line in self.suite.lines if line.get("user")]
        return len(set(users)) < len(users)

    def places(self) -> list[Place]:
        """The cases in an order of the seed's, those of one user together."""
        cases = list(self.suite.cases(self.pool))
        units = [case.prompt.tags.get("user") or case.prompt.id for case in cases]
        order = sorted(range(len(cases)), key=lambda i: (draw(self.seed, "order", units[i]), units[i], i))
        return [Place(n, cases[i], units[i]) for n, i in enumerate(order)]

    def assigned(self, place: Place) -> list[int]:
        """The arms that answer it: all, or the one that its unit's hash falls on."""
        if self.assign == "paired":
            return list(range(len(self.arms)))
        point = draw(self.seed, "assign", self.unit(place))
        ends = accumulate(arm.share for arm in self.arms)
        return [next((i for i, end in enumerate(ends) if point < end), len(self.arms) - 1)]

    def unit(self, place: Place) -> str:
        """What a strategy is drawn for."""
        return place.case.prompt.id if self.assign == "prompt" else place.unit

    def row(self) -> dict[str, Any]:
        """What the store's `experiments` holds of it besides its id, kind and time."""
        settings = self.settings() | {"workbench": __version__}
        specs = [arm.spec.key for arm in self.arms]
        return {"name": self.name, "note": self.note, "seed": self.seed, "specs": specs, "settings": settings}


def draw(seed: int, purpose: Order, unit: str) -> float:
    """A number from 0 to 1 that follows from the seed and the unit alone, evenly spread."""
    digest = hashlib.blake2b(f"{purpose}:{seed}:{unit}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53


@dataclass(frozen=True)
class Asked:
    """What a user asked for, before it is checked."""

    name: str
    strategies: Sequence[tuple[str, Mapping[str, Any]]]
    """(name, parameters), the one to hold the others against first."""
    assign: Assign = "paired"
    shares: Sequence[float] = ()
    """One for each strategy; none given means equal ones."""
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def prepare(strategies: Registry[Strategy], asked: Asked, suite: Suite, pool: Sequence[Model]) -> Plan:
    """Build the strategies and check what was asked. Raises BadInput, BadParameter, UnknownPlugin or UnknownModel."""
    if not asked.name.strip() or len(asked.name) > 100:
        raise BadInput(
            "an experiment needs a name of 1 to 100 characters: it is how you go on with it and find it again"
        )
    if not 2 <= len(asked.strategies) <= MOST:
        raise BadInput(
            f"an experiment holds from 2 to {MOST} strategies, not {len(asked.strategies)}; the first is the one that the "
            "others are held against"
        )
    if asked.assign == "user" and not all(line.get("user") for line in suite.lines):
        raise BadInput(f"{suite.name} does not say who asked each case: give its lines a `user`, or assign by prompt")
    shares = _shares(asked)
    built = [build(strategies, name, params, pool=pool) for name, params in asked.strategies]
    if any(held(strategy) for _, strategy in built):
        suite = unseen(suite)
    labels = _labels(asked.strategies)
    arms = [Arm(label, *made, share) for label, made, share in zip(labels, built, shares, strict=True)]
    guards = {name: _limit(name, limit) for name, limit in sorted(asked.guards.items())}
    return Plan(asked.name, suite, arms, pool, asked.assign, asked.seed, asked.params, guards, note=asked.note)


def unseen(suite: Suite) -> Suite:
    """The cases that no strategy may have learned from. Raises BadInput where there is none."""
    lines = tuple(line for line in suite.lines if line.get("split") != TRAIN)
    if not lines:
        raise BadInput(
            f"every case taken of {suite.name} is marked train, and one of these strategies has learned: it may have learned from "
            "them; take a suite with other cases, or more of this one"
        )
    return Suite(suite.name, lines)


def _shares(asked: Asked) -> list[float]:
    """Probabilities of assignment. No share below the floor, so that what was logged can answer for every strategy."""
    k = len(asked.strategies)
    if asked.assign == "paired":
        if asked.shares:
            raise BadInput("shares say how often each strategy is drawn; where all answer every prompt there are none")
        return [1.0] * k
    return drawn_shares(asked.shares, k)


def drawn_shares(given: Sequence[float], k: int) -> list[float]:
    """How often each of k strategies is drawn; none given means equally. Raises BadInput."""
    shares = list(given) or [1 / k] * k
    if len(shares) != k or not isclose(sum(shares), 1, abs_tol=1e-9) or min(shares) < FLOOR:
        raise BadInput(f"shares must be {k} numbers of at least {FLOOR:g} that sum to 1, not {shares}")
    return shares


def _limit(name: str, limit: float) -> float:
    if name not in COLUMNS:
        raise BadInput(f"no stop rule watches {name!r}; there are {', '.join(COLUMNS)}")
    if not 0 < limit < float("inf") or (name == "errors" and limit >= 1):
        raise BadInput(
            f"the limit of {name} must be above 0{' and below 1' if name == 'errors' else ''}, not {limit:g}"
        )
    return limit


def _labels(strategies: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Names of the arms: with parameters where they were given, numbered where two are still alike."""
    return list(_numbered([titled(name, params) for name, params in strategies]))


def _numbered(titles: Sequence[str]) -> Iterator[str]:
    for i, title in enumerate(titles):
        before = titles[:i].count(title)
        yield f"{title} #{before + 1}" if before else title
