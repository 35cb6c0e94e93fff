"""The same words: case, spacing, surrounding quotes and a closing period do not count."""

from __future__ import annotations

import unicodedata

from workbench.types import Case

from ._grader import Grade, Grader, answer_of, reference_of


class Exact(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        right = plain(answer_of(text)) == plain(reference_of(case))
        return Grade(float(right), "the same words" if right else f"not {case.reference!r}")


def plain(text: str) -> str:
    """Canonical Unicode, folded case, single spaces, nothing around it."""
    words = unicodedata.normalize("NFC", text).casefold().replace("**", "").split()
    return " ".join(words).strip("\"'`“”‘’ ").rstrip(".").strip("\"'`“”‘’ ")
