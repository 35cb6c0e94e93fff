"""The labelled set: prompts of our own with the categories that are in them (data/safety/README.md says how)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from workbench.errors import BadInput
from workbench.settings import shipped

from .finding import CATEGORIES

PARTS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    text: str
    categories: frozenset[str]
    """Empty for what is harmless."""


def labelled(part: str) -> list[Labelled]:
    """Raises BadInput for a category that is none."""
    rows = [json.loads(line) for line in shipped(f"safety/{part}.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [Labelled(row["id"], row["text"], frozenset(row["categories"])) for row in rows]
    for one in found:
        if unknown := one.categories - set(CATEGORIES):
            raise BadInput(f"{one.id}: no category {', '.join(sorted(unknown))}; there are {', '.join(CATEGORIES)}")
    return found
