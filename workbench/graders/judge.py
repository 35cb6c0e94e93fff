"""A model's score by a rubric, for answers that no rule can grade. What asks the models asks the judge: `record --judge MODEL`."""

from __future__ import annotations

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader


class Judged(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        """Raises BadInput wherever no judge was named."""
        raise BadInput(
            f"case {case.prompt.id}: the grader judge asks a model: name one with `workbench record SUITE --judge MODEL`"
        )
