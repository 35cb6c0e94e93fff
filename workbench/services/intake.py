"""Another tool's file of outcomes or votes into a data set: row by row, in bounded memory, whole or not at all.

Batches become part files in a hidden folder beside the data set; they are joined and put in place when the last row was read,
so that an import that is interrupted leaves what was there before.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from workbench import __version__, outcomes, votes
from workbench.errors import BadInput
from workbench.importers._importer import Importer, Kind
from workbench.importers._report import Report, Tally
from workbench.registry import Registry
from workbench.settings import shipped

BATCH = 10_000
"""Rows in memory at a time."""
PLAIN = re.compile(r"\w[\w .+-]*")
PARTS = ".import-"
STALE_S = 24 * 3600.0
"""A part folder of that age belongs to an import that was killed."""


@dataclass(frozen=True)
class Taken:
    """What an import made."""

    name: str
    kind: Kind
    file: Path
    report: Report

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "file": str(self.file), **self.report.as_json()}

    def lines(self) -> list[str]:
        """For people."""
        found = self.report
        first = f"{self.name}: {found.kept:,} {self.kind} kept of {found.read:,} read from {found.rows:,} rows"
        return [first, *_told("skipped", found.skipped), *_told("changed", found.mended), str(self.file)]


def _told(word: str, tally: Tally) -> Iterator[str]:
    for one in tally.as_json():
        more = ", ..." if one["count"] > len(one["first"]) else ""
        yield f"  {word} {one['count']:,}: {one['reason']} ({', '.join(one['first'])}{more})"


def formats() -> Registry[Importer]:
    """The importers of `workbench/importers/` and of other packages."""
    return Registry("workbench.importers", Importer)


def take_in(format: str, path: Path, folder: Path, name: str, *, replace: bool = False) -> Taken:
    """Read a file (or a folder of files) in this format into the data set `name` of a folder. Raises UnknownPlugin or BadInput, and then nothing changed."""
    importer = formats().build(format)
    target = _target(importer.kind, folder, name, replace)
    report = Report()
    about = {"format": format, "source": path.name, "workbench": __version__}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        with tempfile.TemporaryDirectory(prefix=PARTS, dir=folder) as parts:
            _write(importer.read(path, report), Path(parts), importer.kind)
            if not report.kept:
                raise BadInput(_nothing(path, report))
            joined = Path(parts) / "joined"
            _join(Path(parts), joined, about)
            _put(joined, target, name, replace)
    except OSError as error:
        raise BadInput(
            f"{target} cannot be written: {error.strerror or error}; free space or choose another home"
        ) from None
    return Taken(name, importer.kind, target, report)


def _target(kind: Kind, folder: Path, name: str, replace: bool) -> Path:
    """Where the data set goes. Raises BadInput for a name that is none, or that is taken."""
    if not PLAIN.fullmatch(name) or name.endswith(".votes"):
        raise BadInput(f"--name {name!r} must be a plain name of letters and digits, such as my-traffic")
    target = folder / (f"{name}.parquet" if kind == "outcomes" else f"{name}{votes.ENDING}")
    ships = kind == "outcomes" and (shipped("outcomes") / target.name).exists()
    if not replace and (target.exists() or ships):
        raise BadInput(_exists(name))
    return target


def _exists(name: str) -> str:
    return f"there is a data set named {name} already: choose another --name, or --replace it"


def _nothing(path: Path, report: Report) -> str:
    why = "; ".join(f"{one['count']:,}: {one['reason']} ({one['first'][0]})" for one in report.skipped.as_json())
    return f"nothing of {path} can be taken: {why or 'it holds no rows'}"


def _write(rows: Iterator[dict[str, Any]], parts: Path, kind: Kind) -> None:
    """Rows as part files, in their order."""
    import polars as pl

    schema = outcomes.dtypes() if kind == "outcomes" else votes.dtypes()
    n = 0
    while batch := list(islice(rows, BATCH)):
        pl.DataFrame(batch, schema=schema).write_parquet(parts / f"{n:08}.parquet", compression="lz4")
        n += 1


def _join(parts: Path, joined: Path, about: dict[str, str]) -> None:
    import polars as pl

    scan = pl.scan_parquet(sorted(parts.glob("*.parquet")))
    scan.sink_parquet(joined, compression="zstd", metadata=dict(about), maintain_order=True)


def _put(joined: Path, target: Path, name: str, replace: bool) -> None:
    """In one step; a file that came meanwhile is not overwritten unless that was asked for."""
    if replace:
        os.replace(joined, target)
        return
    try:
        os.link(joined, target)
    except FileExistsError:
        raise BadInput(_exists(name)) from None


def _sweep(folder: Path) -> None:
    """Drop what killed imports left."""
    for parts in folder.glob(f"{PARTS}*"):
        if time.time() - parts.stat().st_mtime > STALE_S:
            shutil.rmtree(parts, ignore_errors=True)
