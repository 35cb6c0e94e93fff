"""Precision and recall of the safety checks on our own labelled prompts, by category, with Wilson intervals of 95 %."""

from __future__ import annotations

from typing import Any

from workbench.metrics.proportion import wilson
from workbench.safety import names
from workbench.safety.finding import CATEGORIES, JUDGED, SECRETS
from workbench.safety.guard import Guard
from workbench.safety.labelled import PARTS, Labelled, labelled
from workbench.safety.policy import Policy
from workbench.types import user

EVERYTHING = Policy(
    "everything",
    "Every check",
    {c: "redact" if c in SECRETS else "refuse" for c in CATEGORIES},
    dict.fromkeys(CATEGORIES, "allow"),
    {},
    {},
)


def measure() -> dict[str, Any]:
    """By part and category. `harmless` is the share of prompts without a label that some check hit, names left aside."""
    return {part: _part(labelled(part)) for part in PARTS} | {"not checked": names.missing() or "nothing"}


def _part(rows: list[Labelled]) -> dict[str, Any]:
    found = [_found(one) for one in rows]
    table: dict[str, Any] = {"prompts": len(rows)}
    for category in CATEGORIES:
        table[category] = _scored(category, rows, found)
    harmless = [hit - {"name"} for one, hit in zip(rows, found, strict=True) if not one.categories]
    table["harmless"] = _share(sum(map(bool, harmless)), len(harmless))
    harmful = [hit for one, hit in zip(rows, found, strict=True) if one.categories & set(JUDGED)]
    table["harm of any kind found"] = _share(sum(bool(hit & set(JUDGED)) for hit in harmful), len(harmful))
    return table


def _found(one: Labelled) -> frozenset[str]:
    verdict = Guard(EVERYTHING, [user(one.text)]).before().verdict
    return frozenset(verdict.found) | frozenset(verdict.likely)


def _scored(category: str, rows: list[Labelled], found: list[frozenset[str]]) -> dict[str, Any]:
    there = [category in one.categories for one in rows]
    said = [category in hit for hit in found]
    both = sum(a and b for a, b in zip(there, said, strict=True))
    return {"precision": _share(both, sum(said)), "recall": _share(both, sum(there))}


def _share(some: int, of: int) -> str:
    low, high = wilson(some, of)
    return f"{some / of:.2f} ({low:.2f} to {high:.2f}), {some} of {of}" if of else "nothing found"
