"""A replay in a mirror: a group, and in it one run for each setting of each strategy, as Weights & Biases compares sweeps.

Nothing goes twice: a run's id follows from the request, the data's bytes, the version, the strategy and the setting.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from workbench import __version__
from workbench.settings import Settings
from workbench.store import Store
from workbench.store import mirror as ledger
from workbench.types import content_key

from .backends import TRACKIO, WANDB, Backend, backend
from .benchmark import Request
from .sync import Report, alone, clear_strays
from .wandb_process import Writer, is_uploaded, online, upload

MOST = 101
"""Settings of one strategy that get a run; of more, so many evenly spread."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What came of mirroring a replay."""

    group: str
    runs: int
    """New in the mirror."""
    folders: Sequence[Path]
    waiting: Sequence[Path]
    """Not uploaded."""
    problem: str = ""

    @property
    def text(self) -> str:
        """One line for people."""
        said = [f"{self.runs:,} run{'' if self.runs == 1 else 's'} in the group {self.group}"]
        if self.problem:
            said.append(self.problem)
        if self.waiting:
            said.append(
                f"offline in {self.waiting[0].parent} (upload: wandb sync {shlex.quote(str(self.waiting[0].parent))}/*)"
            )
        elif self.folders and self.folders[0].name == TRACKIO.name:
            said.append(f"in {self.folders[0]}")
        return "; ".join(said)


def bodies(made: Row, request: Request, settings: Settings) -> list[dict[str, Any]]:
    """One parcel for each setting. `made` is the replay's document."""
    key = request.key(made["data"]["key"], settings)
    group = f"{made['data']['name']} {key[:12]}"
    about = {name: made["data"][name] for name in ("name", "key", "prompts", "folds", "models", "nominal")}
    about |= {"seed": request.seed, "workbench": __version__, "replay": key}
    return [
        _body(curve, int(at), key, group, about) for curve in made["curves"] for at in _settings(len(curve["points"]))
    ]


def _settings(count: int) -> list[int]:
    return sorted({round(x) for x in np.linspace(0, count - 1, min(count, MOST)).tolist()})


def _body(curve: Row, at: int, key: str, group: str, about: Row) -> dict[str, Any]:
    point, sweep = curve["points"][at], curve["sweep"]
    swept = {sweep["param"]: sweep["values"][at]} if sweep else {}
    title = ", ".join([curve["label"], *(f"{name}={value:g}" for name, value in swept.items())])
    figures = _figures(point)
    return {
        "id": content_key([key, curve["label"], at]),
        "name": title,
        "notes": "",
        "tags": ["replay"],
        "group": group,
        "resumed": False,
        "first_step": 0,
        "config": {"data": dict(about), "strategy": curve["strategy"], "params": {**curve["params"], **swept}},
        "plots": {},
        "steps": [{"row": figures, "tables": {}}],
        "summary": figures,
        "artifacts": [],
    }


def _figures(point: Row) -> dict[str, float]:
    """Quality 0 to 1, cost in USD per 1,000 prompts, seconds, calls a prompt, share of failed prompts."""
    found = {name: point[name] for name in ("latency_s", "calls", "failed")}
    for name in ("quality", "cost"):
        spread = point[name]
        found |= {name: spread["value"], f"{name}_low": spread["low"], f"{name}_high": spread["high"]}
    return {name: value for name, value in found.items() if value is not None}


async def mirror(
    store: Store, settings: Settings, made: Row, request: Request, to: str, report: Report = lambda _: None
) -> Mirrored:
    """Write the runs of a replay that were not written before, and upload them where a key is there. Raises SyncError."""
    target, parcels = backend(to), bodies(made, request, settings)
    async with alone(target.folder(settings), report):
        went = await ledger.went(store, target.destination(settings), [parcel["id"] for parcel in parcels])
        new = [parcel for parcel in parcels if parcel["id"] not in went]
        report(f"writing {len(new)} runs")
        folders = await _write(store, settings, target, new)
        waiting, problem = await _upload(store, settings, target, {parcel["id"] for parcel in parcels})
    return Mirrored(parcels[0]["group"], len(new), folders, waiting, problem)


async def _write(store: Store, settings: Settings, to: Backend, parcels: Sequence[dict[str, Any]]) -> list[Path]:
    writer, folders = Writer(settings, to), []
    try:
        for parcel in parcels:
            if not to.whole:
                await clear_strays(store, settings, parcel["id"])
            folder = await writer.write(parcel)
            went = {"run": (parcel["id"],)}
            await ledger.remember(store, to.destination(settings), parcel["id"], went, folder.name, datetime.now(UTC))
            folders.append(folder)
    finally:
        await writer.close()
    return folders


async def _upload(store: Store, settings: Settings, to: Backend, runs: set[str]) -> tuple[list[Path], str]:
    """Folders that are still not uploaded, and why."""
    if to is not WANDB:
        return [], ""
    known = await ledger.folders(store, to.destination(settings))
    own = [to.folder(settings) / name for name, run in known if run in runs]
    waiting = [path for path in own if await asyncio.to_thread(_waits, path)]
    if not waiting or not online(settings):
        return waiting, ""
    done = await upload(settings, waiting)
    return [path for path in waiting if path not in done.folders], done.problem


def _waits(path: Path) -> bool:
    return path.is_dir() and not is_uploaded(path)
