"""The job that fits strategies anew when their time has come, keeps every version, and takes one back.

A strategy asks for it by `refit_days`. Versions stand beside the fits: one file each, and a line of history for each change; what
is in force is the fit itself, which running columns pick up at their next question.
"""

from __future__ import annotations

import asyncio
import fcntl
import filecmp
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.embed import watched
from workbench.errors import BadInput, WorkbenchError
from workbench.outcomes import Outcomes
from workbench.recorded import Recorded
from workbench.store.rewards import worth
from workbench.store.runs import Reads
from workbench.strategy import Strategy

from .fit import Fits, FittedStrategies
from .judging import judged_sets
from .rewards import answers, gathered
from .specs import params_of

WINDOW = timedelta(days=90)
"""Votes and graded answers older than this no longer count."""
LOOK_S = 3600.0
"""How often the job looks whether something is due."""
log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Refits:
    strategies: FittedStrategies
    home: Path
    """Whose judged data sets are learned from beside the store."""
    now: Callable[[], datetime] = _now

    @property
    def folder(self) -> Path:
        return self.strategies.fits.folder / "versions"

    def history(self, name: str) -> list[dict[str, Any]]:
        """Every change, the oldest first: version, at, how (refit, rollback, or before: a fit by hand), from (the version it followed), rows
        (answers learned from), left_out (answers that tell no model from another)."""
        try:
            lines = (self.folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def due(self, name: str) -> bool:
        """Whether its days have passed since it was last changed here; one that never was is due. Raises BadInput for one
        that is not refit."""
        days, told = self._days(name), self.history(name)
        return not told or datetime.fromisoformat(told[-1]["at"]) + timedelta(days=days) <= self.now()

    def _days(self, name: str) -> int:
        days = self.strategies.load(name).refit_days
        if days is None:
            raise BadInput(f"no job refits {name}; it refits {', '.join(self.strategies.scheduled())}")
        return days

    async def tick(self, store: Reads) -> dict[str, str]:
        """Refit what is due. Returns what became of each; one that cannot learn yet keeps what it has, and is tried again."""
        said: dict[str, str] = {}
        for name in self.strategies.scheduled():
            if self.due(name):
                try:
                    said[name] = f"version {(await self.refit(name, store))['version']}"
                except WorkbenchError as error:
                    said[name] = str(error)
        return said

    async def through(self, store: Reads) -> None:
        """Tick until cancelled."""
        while True:
            for name, text in (await self.tick(store)).items():
                log.info("%s: %s", name, text)
            await asyncio.sleep(LOOK_S)

    async def refit(self, name: str, store: Reads, sets: Sequence[Outcomes] = ()) -> dict[str, Any]:
        """From votes, graded answers, judged data sets and these others, now. Returns its line of history. Raises BadInput."""
        self._days(name)
        rows = await worth(store, self.now() - WINDOW)
        judged = await asyncio.to_thread(judged_sets, self.home)
        all_sets = {one.path: one for one in (*judged, *sets)}.values()
        recorded, left = await asyncio.to_thread(gathered, rows, list(all_sets))
        return await asyncio.to_thread(self._refit, name, recorded, left, [one.name for one in all_sets])

    def _refit(self, name: str, recorded: Recorded, left: int, sets: Sequence[str]) -> dict[str, Any]:
        with self._turn(name):
            strategy = self.strategies.build(name)
            with watched() as embedders:
                strategy.fit(recorded)
            about = {
                "params": params_of(strategy),
                "data": ["votes and scores", *sets],
                "prompts": len(recorded),
                "left_out": left,
            }
            before = self._kept_by_hand(name)
            version = _next(before)
            made = Fits(self.folder).save(
                _version(name, version), strategy, about | {"workbench": __version__}, embedders
            )
            follows = before[-1]["version"] if before else None
            counts = {"rows": answers(recorded), "left_out": left}
            return self._enter(name, made, {"version": version, "how": "refit", "from": follows, **counts})

    def rollback(self, name: str, to: int | None = None, seen: int | None = None) -> dict[str, Any]:
        """Put a version in force again: `to`, else the one that the present followed; again goes one further back.

        `seen` is the version that whoever asks believes to be in force. Raises BadInput for none, and where another is by now.
        """
        with self._turn(name):
            told = self._kept_by_hand(name) if self.history(name) else []
            made = {line["version"]: line for line in told if line["how"] != "rollback"}
            present = told[-1]["version"] if told else None
            if seen is not None and seen != present:
                raise BadInput(f"version {present} of {name} came into force meanwhile: look again before you go back")
            earlier = to if to is not None else made[present]["from"] if told else None
            if earlier is None:
                raise BadInput(f"{name} has no earlier version to go back to")
            if earlier not in made or earlier == present:
                there = ", ".join(str(version) for version in made if version != present)
                raise BadInput(f"{name} cannot go back to version {earlier}; it can to {there or 'none'}")
            kept = self.kept(name, earlier)
            if not kept.exists():
                raise BadInput(f"version {earlier} of {name} is gone: there is no {kept}")
            return self._enter(name, kept, {"version": earlier, "how": "rollback", "from": present})

    def kept(self, name: str, version: int) -> Path:
        """Where a version is kept."""
        return Fits(self.folder).path(_version(name, version))

    def build(self, name: str, version: int) -> Strategy:
        """The strategy as a version made it. Raises BadInput for one that cannot be read."""
        return self.strategies.kept(name, Fits(self.folder), _version(name, version))

    def about(self, name: str, version: int) -> dict[str, Any]:
        """What made a version. Raises BadInput for one that cannot be read."""
        return Fits(self.folder).about(_version(name, version))

    def _kept_by_hand(self, name: str) -> list[dict[str, Any]]:
        """The history, with a fit by hand that took the place of the version in force as a version of its own."""
        told, own = self.history(name), self.strategies.fits.path(name)
        present = told[-1]["version"] if told else None
        if own.exists() and (present is None or not _same(own, self.kept(name, present))):
            made = self.kept(name, _next(told))
            shutil.copyfile(own, made)
            self._enter(name, made, {"version": _next(told), "how": "before", "from": present})
        return self.history(name)

    def _enter(self, name: str, version: Path, line: Mapping[str, Any]) -> dict[str, Any]:
        """Put the version in force and write its line."""
        own = self.strategies.fits.path(name)
        part = own.with_name(f".{own.name}.{os.getpid()}.part")
        shutil.copyfile(version, part)
        os.replace(part, own)
        entry = {**line, "at": self.now().isoformat()}
        with (self.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(entry))  # a line that was cut before stays one by itself
            file.flush()
            os.fsync(file.fileno())
        return entry

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """One process at a time changes a strategy's versions."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _next(told: Sequence[Mapping[str, Any]]) -> int:
    """The number of a new version."""
    return 1 + max((line["version"] for line in told), default=-1)


def _same(one: Path, other: Path) -> bool:
    """Byte by byte; a file that is gone is like none."""
    return other.exists() and filecmp.cmp(one, other, shallow=False)


def _version(name: str, version: int) -> str:
    return f"{name}.{version:05}"
