"""Where a row stands in its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    file: Path
    noun: str
    """line, row or item."""
    n: int
    """From 1."""

    def __str__(self) -> str:
        return f"{self.noun} {self.n}"

    @property
    def stem(self) -> str:
        """The file's name up to its first dot."""
        return self.file.name.split(".")[0]
