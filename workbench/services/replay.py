"""Any strategy over recorded outcomes, unchanged: routers in columns, the rest call by call, no model asked.

A router that predicts (TradeOff) is scored once for a whole sweep of lambda; another router decides all prompts at once for
each value of a sweep; a strategy that looks at answers runs as it does live, its calls answered from the record and its
clock told the recorded latencies; one that is Stepwise surveys the answers once and walks in columns. What is not recorded is
left out and counted, never guessed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import health
from workbench.cascading import Answers, Stepwise, Walk
from workbench.decisions import Decisions
from workbench.errors import BadInput
from workbench.metrics.sweep import Choices, choices, places
from workbench.recorded import Floats, Recorded
from workbench.registry import Registry
from workbench.strategy import Router, Strategy
from workbench.tradeoff import TradeOff
from workbench.types import Decision

from .cluster import HERE, Machines
from .folds import Fold, judged
from .rerun import Rerun, rerun
from .rewording import reworded
from .specs import check_models, learns_from_outcomes, params_of

LAMBDA = "lambda"
REWORDED = 200
"""Prompts put in other words, to see whether choices stay."""
MOST = 60_000_000
"""Prompts times settings that fit in memory: some 3 GB while they are worked on."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Values of one parameter, evenly from low to high."""

    param: str
    low: float
    high: float
    steps: int

    @property
    def values(self) -> list[float]:
        return [float(v) for v in np.linspace(self.low, self.high, self.steps)]

    @classmethod
    def parse(cls, text: str) -> Sweep:
        """`lambda=0:1:101`. Raises BadInput."""
        name, _, rest = text.partition("=")
        try:
            low, high, steps = rest.split(":")
            return cls(name.strip(), float(low), float(high), int(steps)).checked()
        except ValueError:
            raise BadInput(f"a sweep looks like lambda=0:1:101 (parameter, low, high, steps), not {text!r}") from None

    def checked(self) -> Sweep:
        if not (1 <= self.steps <= 1001 and np.isfinite([self.low, self.high]).all() and self.low <= self.high):
            raise BadInput(f"a sweep of {self.param} must go up, in 1 to 1001 steps, not {self.low:g} to {self.high:g}")
        return self


EVERY_LAMBDA = Sweep(LAMBDA, 0.0, 1.0, 101)


@dataclass(frozen=True)
class Entrant:
    """A strategy to replay, with the sweep of one of its parameters, if any."""

    strategy: str
    params: Mapping[str, Any] = field(default_factory=dict)
    sweep: Sweep | None = None


@dataclass(frozen=True)
class Track:
    """What one entrant did: L settings of its swept parameter by n judged prompts."""

    entrant: Entrant
    params: Mapping[str, Any]
    """All of them, defaults written out."""
    values: tuple[float, ...]
    """L settings; one NaN where nothing was swept."""
    choices: Choices
    """(L, n), columns of the pool, or SEVERAL."""
    quality: Floats
    """(L, n); NaN where a call that it made is not recorded."""
    cost: Floats
    """(L, n), USD, of all calls."""
    latency: Floats
    """(L, n), seconds."""
    calls: Floats
    """(L, n)."""
    failed: Floats
    """(L, n), 1 where the run ended without an answer."""
    predicted: Floats | None
    """(n, m), expected quality, of a router that predicts; also where it was found not to pay to choose by it."""
    decision_us: float
    """Microseconds for one decision, in a batch, embeddings at hand; NaN where calls are part of deciding."""
    learned: bool = False
    """Whether it was fitted, on other prompts than it was judged on."""
    stayed: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    """For some prompts, whether the choice stays when the prompt is in other words; empty where calls are part of deciding."""


Report = Callable[[str, int, int], None]
"""What is done, how much of it, of how much."""


def silent(text: str, done: int, total: int) -> None: ...


def track(
    strategies: Registry[Strategy],
    entrant: Entrant,
    recorded: Recorded,
    parts: Sequence[Fold],
    report: Report = silent,
    machines: Machines = HERE,
) -> Track:
    """Replay one entrant over the judged rows of all folds. Raises BadParameter, UnknownModel, UnknownPlugin or BadInput."""
    first = strategies.build(entrant.strategy, entrant.params)
    check_models(strategies, entrant.strategy, params_of(first), recorded.ids)
    sweep = _sweep(strategies, entrant, first)
    rows = judged(parts)
    settings = len(sweep.values) if sweep else 1
    if settings * len(rows) > MOST:
        raise BadInput(
            f"{settings} settings of {len(rows):,} prompts are more than fit in memory: sweep in at most {MOST // len(rows)} "
            "steps, or take fewer prompts"
        )
    place = np.empty(len(recorded), dtype=np.intp)
    place[rows] = np.arange(len(rows))
    sheet = _Sheet.blank(settings, len(rows), len(recorded.models))
    took, stayed = 0.0, []
    work = _Work(strategies, entrant, sweep, recorded, parts)
    replayed = machines.map(_fold, work, [i for i, (_, test) in enumerate(parts) if len(test)])
    for done, (_, test) in enumerate(parts):
        report(f"{entrant.strategy}: fold {done + 1} of {len(parts)}", done, len(parts))
        if not len(test):
            continue
        piece, seconds, same = next(replayed)
        sheet.put(place[test], piece)
        took += seconds
        stayed.append(same)
    each = 1e6 * took / len(rows) if took else float("nan")
    values = tuple(sweep.values) if sweep else (float("nan"),)
    made = sheet.track(entrant, params_of(first), values, each)
    return replace(made, learned=learns_from_outcomes(first), stayed=np.concatenate(stayed))


@dataclass(frozen=True)
class _Work:
    """What all folds of one entrant share."""

    strategies: Registry[Strategy]
    entrant: Entrant
    sweep: Sweep | None
    recorded: Recorded
    parts: Sequence[Fold]


def _fold(work: _Work, at: int) -> tuple[_Sheet, float, NDArray[np.bool_]]:
    """Learn from one fold's training rows and replay its others: their columns, the seconds that deciding took, and which
    choices stay in other words."""
    train, test = work.parts[at]
    strategy = work.strategies.build(work.entrant.strategy, work.entrant.params)
    _fit(strategy, work.recorded.take(train))
    held = work.recorded.take(test)
    sheet = _Sheet.blank(len(work.sweep.values) if work.sweep else 1, len(test), len(held.models))
    setting = _Setting(work.strategies, work.entrant, work.sweep, strategy, held)
    with health.unknown():
        took = setting.fill(sheet, slice(None))
        return sheet, took, setting.stays(-(-REWORDED // len(work.parts)))


def _fit(strategy: Strategy, train: Recorded) -> None:
    """Learn, where the strategy does; one that learns nothing also works where nothing is marked train."""
    if not learns_from_outcomes(strategy):
        return
    if not len(train):
        raise BadInput(
            f"{type(strategy).__name__.lower()} learns from recorded outcomes, and no prompt of this data set is marked "
            "train: use --folds 5 to fit it on other prompts than it is judged on"
        )
    strategy.fit(train)


def _sweep(strategies: Registry[Strategy], entrant: Entrant, first: Strategy) -> Sweep | None:
    """What to sweep: what was asked for, else every lambda of a router that has one."""
    known = {p.name: p for p in strategies.params(entrant.strategy)}
    sweep = entrant.sweep or (EVERY_LAMBDA if weighs(strategies, entrant.strategy, first) else None)
    if sweep and (sweep.param not in known or known[sweep.param].kind not in ("number", "integer")):
        able = [p.name for p in known.values() if p.kind in ("number", "integer")]
        raise BadInput(
            f"{entrant.strategy} has no number {sweep.param!r} to sweep; it has {', '.join(able) or 'no numbers at all'}"
        )
    if sweep and known[sweep.param].learned:
        raise BadInput(
            f"{entrant.strategy}.{sweep.param} takes part when it is fitted, and a sweep is fitted once: replay each of its values, "
            f"such as {entrant.strategy}:{sweep.param}={sweep.low:g}"
        )
    return sweep


def weighs(strategies: Registry[Strategy], name: str, built: Strategy) -> bool:
    """Whether it has a lambda that a replay sweeps unless told otherwise."""
    return isinstance(built, (TradeOff, Stepwise)) and any(p.name == LAMBDA for p in strategies.params(name))


@dataclass
class _Sheet:
    """The columns of a Track, filled fold by fold."""

    choices: Choices
    quality: Floats
    cost: Floats
    latency: Floats
    calls: Floats
    failed: Floats
    predicted: Floats

    @classmethod
    def blank(cls, settings: int, n: int, m: int) -> _Sheet:
        """Every cell but the predictions is written before it is read."""

        def empty() -> Floats:
            return np.empty((settings, n))

        chosen = np.empty((settings, n), dtype=np.uint8)
        return cls(chosen, empty(), empty(), empty(), empty(), empty(), np.full((n, m), np.nan))

    def put(self, rows: Any, piece: _Sheet) -> None:
        """The columns of some rows."""
        self.predicted[rows] = piece.predicted
        for name in ("choices", "quality", "cost", "latency", "calls", "failed"):
            getattr(self, name)[:, rows] = getattr(piece, name)

    def chose(self, at: slice | int, rows: Any, chosen: Choices, recorded: Recorded) -> None:
        """Single models answered: everything else is looked up."""
        self.choices[at, rows] = chosen
        where = places(chosen, len(recorded.models))
        for name in ("quality", "cost", "latency"):
            getattr(self, name)[at, rows] = getattr(recorded, name).take(where)
        self.calls[at, rows] = 1.0
        failed = recorded.errors != ""
        self.failed[at, rows] = failed.take(where) if failed.any() else 0.0

    def ran(self, at: int, rows: Any, done: Rerun) -> None:
        """Calls were made one after another: everything is as the runs told it."""
        self.choices[at, rows] = done.choices
        for name in ("quality", "cost", "latency", "calls", "failed"):
            getattr(self, name)[at, rows] = getattr(done, name)

    def walked(self, at: int, rows: Any, walk: Walk, recorded: Recorded) -> None:
        """Recorded calls were made one after another: all are paid and waited for."""
        self.choices[at, rows] = walk.chosen
        self.quality[at, rows] = recorded.quality[np.arange(len(recorded)), walk.chosen]
        self.cost[at, rows] = np.where(walk.asked, recorded.cost, 0.0).sum(axis=1)
        self.latency[at, rows] = np.where(walk.asked, np.nan_to_num(recorded.latency), 0.0).sum(axis=1)
        self.calls[at, rows] = walk.asked.sum(axis=1)
        self.failed[at, rows] = 0.0

    def track(
        self, entrant: Entrant, params: Mapping[str, Any], values: tuple[float, ...], decision_us: float
    ) -> Track:
        predicted = None if np.isnan(self.predicted).all() else self.predicted
        columns = (self.choices, self.quality, self.cost, self.latency, self.calls, self.failed)
        return Track(entrant, params, values, *columns, predicted, decision_us)


@dataclass(frozen=True)
class _Setting:
    """A fitted strategy before the prompts of one fold."""

    strategies: Registry[Strategy]
    entrant: Entrant
    sweep: Sweep | None
    strategy: Strategy
    held: Recorded

    def fill(self, sheet: _Sheet, rows: Any) -> float:
        """Replay all settings into these rows of the sheet. Returns the seconds that one setting's decisions took, 0 where
        calls are part of deciding."""
        if isinstance(self.strategy, TradeOff) and (self.sweep is None or self.sweep.param == LAMBDA):
            return self._weigh(self.strategy, sheet, rows)
        if isinstance(self.strategy, Router) and self.strategy.decides:
            return self._decide(sheet, rows)
        if isinstance(self.strategy, Stepwise):
            return self._step(self.strategy, sheet, rows)
        for at, strategy in enumerate(self._each()):
            sheet.ran(at, rows, rerun(strategy, self.held))
        return 0.0

    def _weigh(self, router: TradeOff, sheet: _Sheet, rows: Any) -> float:
        """Score once, threshold at every lambda."""
        sheet.predicted[rows] = router.expect(self.held.prompts).quality  # embeddings are at hand from here on
        began = time.perf_counter()
        estimates = router.estimate(self.held.prompts)
        lambdas = self.sweep.values if self.sweep else [router.lambda_]
        chosen = choices(np.ascontiguousarray(estimates.quality), estimates.cost, [router.price(v) for v in lambdas])
        took = time.perf_counter() - began
        sheet.chose(slice(None), rows, chosen, self.held)
        return took

    def _decide(self, sheet: _Sheet, rows: Any) -> float:
        took = 0.0
        for at, router in enumerate(self._each()):
            assert isinstance(router, Router)
            began = time.perf_counter()
            chosen = _columns(router.decide_all(self.held.prompts), self.held.ids)
            took += time.perf_counter() - began
            sheet.chose(at, rows, chosen, self.held)
        return took / len(sheet.choices)

    def stays(self, some: int) -> NDArray[np.bool_]:
        """Of some of the prompts, evenly chosen: whether the strategy as it was asked for chooses the same in other words."""
        if not (isinstance(self.strategy, Router) and self.strategy.decides):
            return np.empty(0, dtype=bool)
        rows = np.unique(np.linspace(0, len(self.held) - 1, min(some, len(self.held))).astype(int))
        prompts = [self.held.prompts[i] for i in rows.tolist()]
        before, after = (self.strategy.decide_all(p) for p in (prompts, [reworded(p) for p in prompts]))
        return np.asarray(_columns(before, self.held.ids) == _columns(after, self.held.ids))

    def _step(self, strategy: Stepwise, sheet: _Sheet, rows: Any) -> float:
        """Survey once, walk for every setting; prompts with failed calls, or that need other calls, run call by call."""
        survey = strategy.survey(self.held.prompts, Answers.of(self.held))
        broken = (self.held.errors != "").any(axis=1) | ~self.held.covered
        places = np.arange(sheet.choices.shape[1])[rows]
        for at, one in enumerate(self._each()):
            assert isinstance(one, Stepwise)
            walk = one.walk(survey)
            sheet.walked(at, rows, walk, self.held)
            if (untold := np.flatnonzero(walk.untold | broken)).size:
                sheet.ran(at, places[untold], rerun(one, self.held.take(untold)))
        return 0.0

    def _each(self) -> list[Strategy]:
        """The strategy at every value of the sweep, each knowing what the fitted one learned."""
        if self.sweep is None:
            return [self.strategy]
        state = self.strategy.state()
        made = []
        for value in self.sweep.values:
            one = self.strategies.build(self.entrant.strategy, {**self.entrant.params, self.sweep.param: value})
            if state:
                one.restore(state)
            made.append(one)
        return made


def _columns(decisions: Sequence[Decision], ids: tuple[str, ...]) -> Choices:
    if isinstance(decisions, Decisions) and decisions.models == ids:
        return decisions.chosen.astype(np.uint8)
    at = {model: i for i, model in enumerate(ids)}
    try:
        return np.array([at[d.model] for d in decisions], dtype=np.uint8)
    except KeyError as error:
        raise BadInput(f"it chose {error}, which is not in this data set's pool ({', '.join(ids)})") from None
