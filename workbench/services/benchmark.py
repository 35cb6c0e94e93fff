"""A replay from start to end: a data set, strategies, folds and a seed in; the document that pages, tables and plots show out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from workbench import __version__, embed, outcomes, policy
from workbench.errors import BadInput
from workbench.settings import Settings
from workbench.types import content_key

from .cluster import HERE, Machines
from .folds import folds, judged
from .replay import Entrant, Report, Sweep, silent, track
from .replay_report import Judged, document
from .specs import registry
from .verdicts import sentence

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

    def key(self, data_key: str) -> str:
        """Content hash of the request, the data's bytes and this version."""
        return content_key([self.as_json(), data_key, __version__])


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
    embed.use(embed.cached(settings.cache, embedding))
    policy.use(settings.home)
    data = outcomes.load(request.data, settings.home)
    recorded = data.recorded()
    if unknown := [m for m in request.models if m not in recorded.ids]:
        raise BadInput(f"{data.name} has no outcomes of {', '.join(unknown)}; it has {', '.join(recorded.ids)}")
    if request.models:
        recorded = recorded.of(list(request.models))
    parts = folds(recorded, request.folds, request.seed)
    rows = judged(parts)
    strategies = registry()
    total = len(request.entrants)
    tracks = machines.together(
        [
            partial(track, strategies, entrant, recorded, parts, _at(report, done, total), machines)
            for done, entrant in enumerate(request.entrants)
        ]
    )
    train = min(len(learned) for learned, _ in parts)
    about = {"train": train, "folds": request.folds, "seed": request.seed}
    return Judged.of(data, recorded.take(rows), tracks, **about)


def _at(report: Report, entrant: int, entrants: int) -> Report:
    """What one strategy tells of its folds, told of the folds of all."""

    def tell(text: str, done: int, folds: int) -> None:
        report(text, entrant * folds + done, entrants * folds)

    return tell
