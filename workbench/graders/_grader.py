"""What a grader is: a case and an answer's text in, a score with its reason out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from workbench.errors import BadInput
from workbench.types import Case

TAGGED = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grade:
    score: float
    """0 (wrong) to 1 (right)."""
    why: str = ""


class Grader(ABC):
    """Any text gets a Grade, however odd; only a case that is itself wrong raises (BadInput, with the case's id)."""

    @abstractmethod
    def grade(self, case: Case, text: str) -> Grade: ...


def answer_of(text: str) -> str:
    """What stands in the last pair of <answer> tags, else the whole text; without the space around it."""
    tagged = TAGGED.findall(text)
    return (tagged[-1] if tagged else text).strip()


def reference_of(case: Case) -> str:
    """The right answer. Raises BadInput for a case without one."""
    if not case.reference:
        raise BadInput(f"case {case.prompt.id}: the grader {case.grader} needs a reference")
    return case.reference
