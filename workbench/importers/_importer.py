"""What an importer is: rows of a file in, rows of the long form out, and a report of what was left out and why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from workbench.errors import BadInput

from ._clean import clean_outcome, clean_vote
from ._place import Place, Row
from ._report import Report
from ._tables import table

Kind = Literal["outcomes", "votes"]
TRIED = 100
"""Rows that may lack what the format has before the file is taken for another format."""


class Importer(ABC):
    """One file a format; its module's name is what users type."""

    kind: ClassVar[Kind] = "outcomes"
    needs: ClassVar[tuple[str, ...]] = ()
    """Columns (keys) that a row of this format has, empty or not."""

    def begin(self, path: Path) -> None:
        """Read what lies beside the file, if the format has that. Raises BadInput."""

    @abstractmethod
    def take(self, row: Row, place: Place) -> Iterable[Row]:
        """The outcomes or votes that one row holds, unchecked. It has all of `needs`."""

    def lacks(self, row: Row) -> list[str]:
        """What a row lacks to be one of this format."""
        return [name for name in self.needs if name not in row]

    def read(self, path: Path, report: Report) -> Iterator[Row]:
        """The rows that can be taken; the others go to the report. Raises BadInput for a file of another format."""
        self.begin(path)
        clean = clean_outcome if self.kind == "outcomes" else clean_vote
        seen = Seen()
        for place, row in self._placed(path, report):
            for made in self.take(row, place):
                told = place.of(made.get("model")) if self.kind == "outcomes" else str(place)
                mended: list[str] = []
                reason = clean(made, mended) or (self.kind == "outcomes" and seen.again(made))
                if reason:
                    report.skip(reason, told)
                    continue
                for change in mended:
                    report.mend(change, told)
                report.keep()
                yield made

    def _placed(self, path: Path, report: Report) -> Iterator[tuple[Place, Row]]:
        """The rows of this format."""
        first: tuple[list[str], Row] | None = None
        matched = False
        for place, row in table(path, report):
            if lacking := self.lacks(row):
                report.skip(f"the row has no {', '.join(lacking)}", str(place))
                first = first or (lacking, row)
                if not matched and report.rows >= TRIED:
                    break
                continue
            matched = True
            yield place, row
        if first and not matched:
            lacking, row = first
            raise BadInput(
                f"{path} is not in this format: its rows have no {', '.join(lacking)}; they have {_some(row)} "
                "(`workbench import --help` lists the formats)"
            )


def _some(row: Row, most: int = 12) -> str:
    names = list(row)
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "") if names else "nothing"


@dataclass
class Seen:
    """Which models each query has an outcome of. Grows with the queries, not with the rows or their texts."""

    models: dict[str, int] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)

    def again(self, row: dict[str, Any]) -> str:
        """Why this outcome is one too many, or ''; remembers it."""
        bit = 1 << self.models.setdefault(row["model"], len(self.models))
        before = self.queries.get(row["query_id"], 0)
        self.queries[row["query_id"]] = before | bit
        return "a second outcome of the same model for the same query" if before & bit else ""
