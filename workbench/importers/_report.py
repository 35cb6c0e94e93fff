"""What became of a file's rows: every one is kept or skipped, each skip and each change with its reason and first places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHOWN = 5
"""Places named for each reason."""


@dataclass
class Tally:
    """How often each reason held, and where it did first."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, place: str) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        shown = self.places.setdefault(reason, [])
        if len(shown) < SHOWN:
            shown.append(place)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def as_json(self) -> list[dict[str, Any]]:
        """The most frequent first."""
        order = sorted(self.counts, key=lambda reason: (-self.counts[reason], reason))
        return [{"reason": r, "count": self.counts[r], "first": self.places[r]} for r in order]


@dataclass
class Report:
    """An unreadable row counts as one outcome (or vote) that was skipped; a wide row holds one for each model."""

    file: str = ""
    """Named in every place, where there are several."""
    rows: int = 0
    """Rows, lines or items that the file has."""
    kept: int = 0
    skipped: Tally = field(default_factory=Tally)
    mended: Tally = field(default_factory=Tally)
    """Kept, but not as they were."""

    @property
    def read(self) -> int:
        return self.kept + self.skipped.total

    def keep(self) -> None:
        self.kept += 1

    def skip(self, reason: str, place: str) -> None:
        self.skipped.add(reason, self._at(place))

    def mend(self, change: str, place: str) -> None:
        self.mended.add(change, self._at(place))

    def _at(self, place: str) -> str:
        return f"{self.file} {place}" if self.file else place

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "read": self.read,
            "kept": self.kept,
            "skipped": self.skipped.total,
            "reasons": self.skipped.as_json(),
            "mended": self.mended.as_json(),
        }
