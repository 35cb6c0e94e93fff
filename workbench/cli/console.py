"""What a verb prints: data on stdout, as lines for people or as one JSON document; notes on stderr.

Answers and model names come from outside: control characters never reach the terminal. Nothing here knows a verb.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

CONTROLS = {c: "\N{REPLACEMENT CHARACTER}" for c in (*range(32), *range(127, 160)) if chr(c) not in "\t\n\r"} | {13: ""}


def harmless(text: str) -> str:
    """The text without what a terminal would obey."""
    return text.translate(CONTROLS)


@dataclass
class Console:
    json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def say(self, text: str = "", end: str = "\n") -> None:
        """A line for people; says nothing when a JSON document was asked for."""
        if not self.json:
            self.out.write(harmless(text) + end)
            self.out.flush()

    def note(self, text: str, end: str = "\n") -> None:
        self.err.write(harmless(text) + end)
        self.err.flush()

    def document(self, value: Any) -> None:
        """The one JSON document of a verb that was asked for JSON."""
        if self.json:
            self.out.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")
            self.out.flush()

    def data(self, piece: bytes) -> None:
        """Part of a file that goes to stdout as it is."""
        self.out.flush()
        self.out.buffer.write(piece)

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
        """Rows of equal keys under their names, numbers to the right. `columns` are the names when no row has them."""
        names = list(rows[0]) if rows else list(columns)
        if self.json or not names:
            return
        cells = [[_cell(row.get(name)) for name in names] for row in rows]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        right = [all(_counts(row.get(name)) for row in rows) for name in names]
        for line in (names, *cells):
            padded = (_pad(*cell) for cell in zip(line, widths, right, strict=True))
            self.say("  ".join(padded).rstrip())


def _counts(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _pad(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)


def _cell(value: Any) -> str:
    """One line, at most 80 characters, so that a table stays a table."""
    text = f"{value:.6g}" if isinstance(value, float) else _word(value)
    text = " ".join(harmless(text).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _word(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def _plain(value: Any) -> Any:
    """Values of the store that JSON has no word for."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value)
    return str(value)
