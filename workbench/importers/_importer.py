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
from ._tables import ENDINGS, ending, table

Kind = Literal["outcomes", "votes"]
BESIDE = ".input."
"""In the name of a file that belongs to the one beside it and is no table of its own."""
TRIED = 100
"""Rows that may lack what the format has before the file is taken for another format."""


class Importer(ABC):
    """One file a format; its module's name is what users type."""

    kind: ClassVar[Kind] = "outcomes"
    needs: ClassVar[tuple[str, ...]] = ()
    """Columns (keys) that a row of this format has, empty or not."""
    graded: ClassVar[bool] = False
    """Every outcome of this format has a quality, so that one without it is skipped."""

    def begin(self, file: Path) -> None:
        """Read what lies beside a file, if the format has that. Raises BadInput."""

    @abstractmethod
    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        """The outcomes or votes that one row holds, unchecked, or why it holds none. The row has all of `needs`."""

    def lacks(self, row: Row) -> list[str]:
        """What a row lacks to be one of this format."""
        return [name for name in self.needs if name not in row]

    def read(self, path: Path, report: Report) -> Iterator[Row]:
        """The rows of a file, or of all files of a folder, that can be taken; the others go to the report.

        Raises BadInput for a file of another format.
        """
        seen = Seen()
        for file in files(path):
            report.file = file.name if file != path else ""
            self.begin(file)
            for place, row in self._placed(file, report):
                for made in self.take(row, place):
                    if reason := self._checked(made, place, seen, report):
                        report.skip(reason, told(made, place))
                    elif isinstance(made, dict):
                        report.keep()
                        yield made

    def _checked(self, made: Row | str, place: Place, seen: Seen, report: Report) -> str:
        """Make a row's types right. Returns why it cannot be taken, or ''."""
        if isinstance(made, str):
            return made
        changes: list[str] = []
        if self.kind == "votes":
            reason = clean_vote(made, changes)
        else:
            reason = clean_outcome(made, changes, self.graded) or seen.again(made)
        if not reason:
            for change in changes:
                report.mend(change, told(made, place))
        return reason

    def _placed(self, file: Path, report: Report) -> Iterator[tuple[Place, Row]]:
        """The rows of this format."""
        first: tuple[list[str], Row] | None = None
        matched, tried = False, 0
        for place, row in table(file, report):
            if lacking := self.lacks(row):
                report.skip(f"the row has no {', '.join(lacking)}", str(place))
                first = first or (lacking, row)
                tried += 1
                if not matched and tried >= TRIED:
                    break
                continue
            matched = True
            yield place, row
        if first and not matched:
            lacking, row = first
            raise BadInput(
                f"{file} is not in this format: its rows have no {', '.join(lacking)}; they have {_some(row)} "
                "(`workbench import --help` lists the formats)"
            )


def told(made: Row | str, place: Place) -> str:
    """The place of a row, with its model where the row of the file may hold several."""
    model = made.get("model") if isinstance(made, dict) else None
    return f"{place}, {model}" if model else str(place)


def files(path: Path) -> list[Path]:
    """The file, or the files of a folder that may be tables, by name. Raises BadInput where there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadInput(f"there is no file {path}")
    found = sorted(f for f in path.iterdir() if f.is_file() and ending(f) in ENDINGS and BESIDE not in f.name)
    if not found:
        raise BadInput(f"the folder {path} holds no file that ends in {', '.join(ENDINGS)}")
    return found


def _some(row: Row, most: int = 12) -> str:
    names = list(row)
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "") if names else "nothing"


@dataclass
class Seen:
    """Which models each query has an outcome of. Grows with the queries, not with the rows or their texts."""

    models: dict[str, int] = field(default_factory=dict)
    queries: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Models as bits, and the hash of the prompt."""

    def again(self, row: dict[str, Any]) -> str:
        """Why this outcome does not go with those before it, or ''; remembers it."""
        bit = 1 << self.models.setdefault(row["model"], len(self.models))
        asked = hash((row["prompt"], row.get("context")))
        before, same = self.queries.get(row["query_id"], (0, asked))
        if before & bit:
            return "a second outcome of the same model for the same query"
        if asked != same:
            return "another prompt than the first outcome of this query has"
        self.queries[row["query_id"]] = before | bit, asked
        return ""
