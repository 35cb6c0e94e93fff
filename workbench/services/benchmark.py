"""A replay from start to end: a data set, strategies, folds and a seed in; the document that pages, tables and plots show out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from workbench import __version__, embed, outcomes, policy, vectors
from workbench.errors import BadInput, WorkbenchError
from workbench.recorded import Recorded
from workbench.settings import Settings
from workbench.types import content_key

from .cluster import HERE, Machines
from .contamination import contamination
from .folds import SEEN, Fold, folds, judged
from .judged import Judged
from .replay import Entrant, Report, Sweep, Track, silent, track
from .replay_report import document
from .replay_sentence import sentence
from .specs import registry

MOST = 12
"""Strategies in one replay."""
FOLDS = 100


@dataclass(frozen=True)
class Request:
    """What to replay. Two equal requests over the same data give the same bytes."""

    data: str
    """Name of a data set, or the path of its file."""
    entrants: Sequence[Entrant]
    folds: int = 5
    """By prompt; 0 takes the data's own split."""
    seed: int = 0
    models: Sequence[str] = field(default=())
    """Only these of the recorded models; none named means all."""

    @classmethod
    def parse(cls, asked: Any) -> Request:
        """From JSON: {data, strategies: [{strategy, params, sweep}], folds, seed, models}. Raises BadInput."""
        try:
            entrants = [_entrant(one) for one in asked["strategies"]]
            models = tuple(map(str, asked.get("models") or ()))
            made = cls(str(asked["data"]), entrants, int(asked.get("folds", 5)), int(asked.get("seed", 0)), models)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadInput(f"a replay names data and strategies, each with params and a sweep ({error!r})") from None
        if not (0 <= made.seed < 2**31 and 0 <= made.folds <= FOLDS):
            raise BadInput(f"a replay has 0 to {FOLDS} folds and a seed of 0 to 2,147,483,647")
        if not 1 <= len(entrants) <= MOST:
            raise BadInput(f"choose from 1 to {MOST} strategies, not {len(entrants)}")
        return made

    def as_json(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "strategies": [_json(e) for e in self.entrants],
            "folds": self.folds,
            "seed": self.seed,
            "models": list(self.models),
        }

    def key(self, data_key: str, settings: Settings) -> str:
        """Content hash of all that a result hangs on: the request, the data, the files that strategies read, the embedder, this version."""
        files = registry().key(), policy.key(settings.home)
        return content_key([self.as_json(), data_key, *files, settings.embedder, __version__])


def _entrant(one: Mapping[str, Any]) -> Entrant:
    sweep = one.get("sweep")
    swept = Sweep(sweep["param"], float(sweep["low"]), float(sweep["high"]), int(sweep["steps"])) if sweep else None
    return Entrant(str(one["strategy"]), dict(one.get("params") or {}), swept.checked() if swept else None)


def _json(entrant: Entrant) -> dict[str, Any]:
    sweep = entrant.sweep
    swept = {"param": sweep.param, "low": sweep.low, "high": sweep.high, "steps": sweep.steps} if sweep else None
    return {"strategy": entrant.strategy, "params": dict(entrant.params), "sweep": swept}


def run(request: Request, settings: Settings, report: Report = silent, machines: Machines = HERE) -> dict[str, Any]:
    """Replay it and describe what came out. Blocks for as long as it takes. Raises WorkbenchError."""
    return describe(judge(request, settings, report, machines=machines), report)


def describe(found: Judged, report: Report = silent) -> dict[str, Any]:
    """The whole document of a replay, its sentence first."""
    report("intervals", 0, 1)
    made = document(found)
    return {"sentence": sentence(found, made), **made}


def judge(
    request: Request,
    settings: Settings,
    report: Report = silent,
    embedding: embed.Told = embed.untold,
    machines: Machines = HERE,
) -> Judged:
    """All strategies over the same folds, on the prompts that all of them cover. `report` hears of every fold."""
    ground = _Ground.of(request, settings, embedding)
    total = len(request.entrants)
    tasks = [
        partial(ground.track, entrant, _at(report, done, total), machines)
        for done, entrant in enumerate(request.entrants)
    ]
    return ground.judged(machines.together(tasks))


def contest(request: Request, settings: Settings, report: Report = silent) -> tuple[Judged, dict[str, str]]:
    """The same, but a strategy that cannot be replayed over these data is left out: second, which ones, and why.

    Raises BadInput where that leaves none.
    """
    ground = _Ground.of(request, settings, embed.untold)
    tracks: list[Track] = []
    left_out: dict[str, str] = {}
    for done, entrant in enumerate(request.entrants):
        try:
            one = ground.track(entrant, _at(report, done, len(request.entrants)))
        except WorkbenchError as error:
            left_out[entrant.strategy] = str(error)
            continue
        if lacking := int(np.isnan(one.quality).any(axis=0).sum()):
            left_out[entrant.strategy] = f"calls of {lacking:,} of {len(one.quality[0]):,} prompts are not recorded"
        else:
            tracks.append(one)
    if not tracks:
        raise BadInput(
            "none of these strategies can be replayed: " + "; ".join(f"{k}: {v}" for k, v in left_out.items())
        )
    return ground.judged(tracks), left_out


@dataclass(frozen=True)
class _Ground:
    """What all strategies of one replay are replayed over."""

    request: Request
    data: outcomes.Outcomes
    recorded: Recorded
    marked: int
    """Prompts left out: the data says that they were seen before."""
    parts: Sequence[Fold]

    @classmethod
    def of(cls, request: Request, settings: Settings, embedding: embed.Told) -> _Ground:
        embed.use(embed.cached(settings.cache, embedding, settings.embedder))
        vectors.use(vectors.opener(settings.vectors, settings.vectors_key))
        policy.use(settings.home)
        data = outcomes.load(request.data, settings.home)
        recorded = data.recorded()
        if unknown := [m for m in request.models if m not in recorded.ids]:
            raise BadInput(f"{data.name} has no outcomes of {', '.join(unknown)}; it has {', '.join(recorded.ids)}")
        if request.models:
            recorded = recorded.of(list(request.models))
        clean = recorded.splits != SEEN
        marked = len(recorded) - int(clean.sum())
        recorded = recorded.take(clean) if marked else recorded
        return cls(request, data, recorded, marked, folds(recorded, request.folds, request.seed))

    def track(self, entrant: Entrant, report: Report, machines: Machines = HERE) -> Track:
        return track(registry(), entrant, self.recorded, self.parts, report, machines)

    def judged(self, tracks: Sequence[Track]) -> Judged:
        train = min(len(learned) for learned, _ in self.parts)
        about = {"train": train, "folds": self.request.folds, "seed": self.request.seed, "marked": self.marked}
        seen = contamination(self.recorded, self.parts) if any(t.learned for t in tracks) else None
        return Judged.of(self.data, self.recorded.take(judged(self.parts)), tracks, contaminated=seen, **about)


def _at(report: Report, entrant: int, entrants: int) -> Report:
    """What one strategy tells of its folds, told of the folds of all."""

    def tell(text: str, done: int, folds: int) -> None:
        report(text, entrant * folds + done, entrants * folds)

    return tell
