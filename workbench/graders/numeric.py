"""A number: the last one of the answer, within a relative tolerance (`data.tolerance`, 1e-6).

Reads 1,234.5, 1.2e3, 3/4, 50 % (as .5 where the reference is a per cent), and $ or units around it.
"""

from __future__ import annotations

import math
import re

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader, answer_of, reference_of

NUMBER = re.compile(
    r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+|(?<=\d)\.?)(?:[eE][-+]?\d{1,3})?(?:\s*/\s*\d{1,15}(?!\d*[./]))?\s*%?"
)
LONGEST = 20_000
"""Characters at the end of an answer that are searched."""


class Numeric(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        wanted = last_number(reference_of(case))
        if wanted is None:
            raise BadInput(f"case {case.prompt.id}: the reference {case.reference!r} is no number")
        tolerance = case.data.get("tolerance", 1e-6)
        if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or tolerance < 0:
            raise BadInput(f"case {case.prompt.id}: data.tolerance must be a number of 0 or more, not {tolerance!r}")
        found = last_number(answer_of(text))
        if found is None:
            return Grade(0.0, "no number in it")
        right = math.isclose(found, wanted, rel_tol=tolerance, abs_tol=1e-9)
        return Grade(float(right), f"{found:g}" + ("" if right else f", not {wanted:g}"))


def last_number(text: str) -> float | None:
    """The last number of a text; None without one."""
    found = [m.group() for m in NUMBER.finditer(text[-LONGEST:]) if any(c.isdigit() for c in m.group())]
    return _value(found[-1]) if found else None


def _value(word: str) -> float | None:
    bare = word.replace(",", "").replace("−", "-").replace(" ", "")
    scale = 0.01 if bare.endswith("%") else 1.0
    top, _, bottom = bare.rstrip("%").partition("/")
    try:
        value = float(top) / (float(bottom) if bottom else 1.0) * scale
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) else None
