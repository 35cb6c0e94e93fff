"""A pattern that the answer must match somewhere (`data.full`: from end to end), in Python's dialect; case does not count.

A pattern can take for ever on an unlucky text, so it runs in a process of its own that is ended after two seconds.
"""

from __future__ import annotations

import re
import subprocess
import sys

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader, answer_of, reference_of

SECONDS = 2.0
LONGEST = 20_000
QUICK = 200
"""Shorter texts under simple patterns are matched at once: no pattern without a repeated group is slow on them."""
NESTED = re.compile(r"\)[*+{]|\\\d")
MATCH = "import re,sys; p,t=sys.stdin.read().split('\\0',1); sys.exit(0 if re.search(p,t,re.I|re.S) else 3)"


class Regex(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        pattern = reference_of(case)
        try:
            compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        except re.error as error:
            raise BadInput(f"case {case.prompt.id}: {pattern!r} is no pattern: {error}") from None
        if case.data.get("full"):
            pattern = rf"\A(?:{pattern})\Z"
            compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        answer = answer_of(text)[:LONGEST].replace("\0", "")
        if len(answer) <= QUICK and not NESTED.search(pattern):
            found: bool | None = compiled.search(answer) is not None
        else:
            found = _bounded(pattern, answer)
        if found is None:
            return Grade(0.0, f"the pattern took more than {SECONDS:g} s on this answer")
        return Grade(float(found), "matches" if found else f"does not match {pattern[:80]}")


def _bounded(pattern: str, text: str) -> bool | None:
    """Whether it matches; None when it takes too long."""
    given = f"{pattern}\0{text}".encode("utf-8", "replace")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", MATCH], input=given, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode == 0
