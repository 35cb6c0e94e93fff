"""The workbench's own long form of votes: model_a, model_b and winner, as CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterable

from ._importer import Importer
from ._place import Place, Row


class Votes(Importer):
    kind = "votes"
    needs = ("query_id", "model_a", "model_b", "winner")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        return [row]
