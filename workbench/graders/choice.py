"""One of several options (`data.options`, a list): by its letter, or by its words. The reference is the letter."""

from __future__ import annotations

import re
from string import ascii_uppercase

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader, answer_of, reference_of
from .exact import plain

LEAD = re.compile(r"^\s*[(\[]?([A-Za-z])[)\].:,]*(?:\s|$)")
STATED = re.compile(r"(?:answer|option|choice)\s*(?:is|:)?\s*[(\[*]*([A-Za-z])\b(?![a-z])", re.IGNORECASE)
LONGEST = 20_000


class Choice(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        options = case.data.get("options")
        if not isinstance(options, list) or not 2 <= len(options) <= len(ascii_uppercase):
            raise BadInput(f"case {case.prompt.id}: choice needs data.options, a list of 2 to 26")
        letters = ascii_uppercase[: len(options)]
        wanted = reference_of(case).strip().upper()
        if wanted not in letters or len(wanted) != 1:
            raise BadInput(f"case {case.prompt.id}: the reference must be a letter from A to {letters[-1]}")
        found = chosen(answer_of(text)[:LONGEST], [str(o) for o in options])
        return Grade(float(found == wanted), f"chose {found}" if found else "chose nothing clearly")


def chosen(text: str, options: list[str]) -> str:
    """The letter that an answer chooses; '' where it is not clear."""
    letters = ascii_uppercase[: len(options)]
    said = plain(text)
    whole = [letter for letter, option in zip(letters, options, strict=True) if plain(option) == said]
    if whole:
        return whole[0]
    stated = [m.upper() for m in STATED.findall(text) if m.upper() in letters]
    if stated:
        return str(stated[-1])
    lead = LEAD.match(text)
    if lead and lead.group(1).upper() in letters and (len(text.strip()) <= 3 or not lead.group(0).strip().isalpha()):
        return lead.group(1).upper()
    named = [letter for letter, option in zip(letters, options, strict=True) if plain(option) in said]
    return named[0] if len(named) == 1 else ""
