"""The workbench's own long form of outcomes: a row for each query and model, as CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterable

from ._importer import Importer
from ._place import Place, Row


class Long(Importer):
    needs = ("query_id", "prompt", "model", "quality")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        return [row]
