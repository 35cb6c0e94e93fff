"""One way to read a sample: its rows, and what became of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.importers._importer import Importer
from workbench.importers._report import Report
from workbench.registry import Registry

SAMPLES = Path(__file__).parent / "samples"


def read(format: str, path: Path) -> tuple[list[dict[str, Any]], Report]:
    registry: Registry[Importer] = Registry("workbench.importers", Importer)
    report = Report()
    rows = list(registry.build(format).read(path, report))
    assert len(rows) == report.kept
    return rows, report


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in names) for row in rows]
