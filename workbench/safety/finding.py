"""A finding: a category, and where in a text it is. Findings never carry the words themselves into logs or traces."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

SECRETS = ("key", "iban", "card", "ssn", "email", "phone", "name")
"""Personal data and credentials: have a place in the text, so they can be redacted. The surest first."""
HARMS = ("violence", "self_harm", "hate", "sexual", "crime", "cyber")
JUDGED = ("injection", *HARMS)
"""Judged on the whole text: have no place in it."""
CATEGORIES = (*SECRETS, *JUDGED)


@dataclass(frozen=True, slots=True)
class Finding:
    category: str
    start: int
    end: int
    """Characters of the text."""


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """In reading order; of those that overlap the first in CATEGORIES, then the longest."""
    ranked = sorted(findings, key=lambda f: (CATEGORIES.index(f.category), f.start - f.end, f.start))
    kept: list[Finding] = []  # in reading order
    for one in ranked:
        at = bisect_right(kept, one.start, key=lambda f: f.start)
        if (not at or kept[at - 1].end <= one.start) and (at == len(kept) or one.end <= kept[at].start):
            kept.insert(at, one)
    return kept
