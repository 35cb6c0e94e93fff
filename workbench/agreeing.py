"""Which of several answers say the same: their final values compared, the reasoning before them left aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

TAGGED = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL | re.IGNORECASE)
BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
LETTER_A = re.compile(r"^\s*A\s*:\s*(\S.*)", re.MULTILINE)
LETTER_B = re.compile(r"^\s*B\s*:", re.MULTILINE)
STATED = re.compile(r"(?:answer|result) *(?:is|:|=) *\**(.+)", re.IGNORECASE)
CLAUSE = re.compile(r"[,;:.!?](?=\s|$)|\s(?:because|since|as|so|which|where|when)\s", re.IGNORECASE)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
VALUE = re.compile(rf"{NUMBER.pattern}(?:[/:]\d+)*")
"""A number, or several that are one thing: a date, a fraction, a time of day."""
ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
SHORT = 60
"""Characters up to which an answer is compared whole: it is its own final value."""
READ = 20_000
"""Characters from the end of an answer that are read: what it comes to stands there."""


def final(text: str) -> str:
    """What an answer comes to, as text that equal answers share: tagged, boxed, stated, its last number, or all of it.

    The order is that of self-consistency's parsers (Wang et al., arXiv 2203.11171): what is marked wins over what is found.
    """
    read = text[-READ:].strip()
    for marked in (TAGGED, BOXED):
        if found := marked.findall(read):
            return plain(found[-1])
    if found := STATED.findall(read):
        return _stated(found[-1])
    if (found := LETTER_A.findall(read)) and not LETTER_B.search(read):  # with a B it is the first of several options
        return plain(found[-1])
    if len(read) > SHORT and (numbers := VALUE.findall(read)):
        return plain(numbers[-1])
    return plain(read)


def _stated(said: str) -> str:
    """The clause after "the answer is"; of one that begins with a number, the number."""
    clause = plain(CLAUSE.split(said, maxsplit=1)[0])
    number = VALUE.match(clause)
    return plain(number[0]) if number else clause


def plain(text: str) -> str:
    """Lower case, white space and the marks around it taken off; numbers in one form, dates without leading zeros."""
    bare = " ".join(text.lower().split()).strip(" .!?,;:'\"`*()[]$")
    number = bare.replace(",", "")
    try:
        if NUMBER.fullmatch(number) and len(number) < 16:
            return f"{float(number):g}"
    except ValueError:
        return bare
    return ZEROS.sub("", bare) if VALUE.fullmatch(bare) else bare


@dataclass(frozen=True, slots=True)
class Majority:
    winner: int
    """The answer that speaks for the largest group: the surest of it, else its first."""
    votes: tuple[int, ...]
    """Of every answer: how many agree with it, itself counted."""
    groups: int

    @property
    def share(self) -> float:
        """Of the answers, how many agree with the winner."""
        return self.votes[self.winner] / len(self.votes)


def majority(texts: Sequence[str], sure: Sequence[float]) -> Majority:
    """Vote among answers; `sure` breaks ties between groups and picks within one. Raises ValueError for no answers."""
    if not texts:
        raise ValueError("there is no answer to vote on")
    values = [final(text) for text in texts]
    size = Counter(values)
    votes = tuple(size[value] for value in values)
    winner = max(range(len(texts)), key=lambda i: (votes[i], sure[i], -i))
    return Majority(winner, votes, len(size))
