"""Python that passes tests (`data.tests`, source with asserts): the answer's last code fence, or all of it.

It runs in the sandbox, for which see there what that keeps out.
"""

from __future__ import annotations

from workbench import sandbox
from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader

SECONDS = 5.0


class Code(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        tests = case.data.get("tests")
        if not isinstance(tests, str) or not tests.strip():
            raise BadInput(f"case {case.prompt.id}: code needs data.tests, Python source with asserts")
        try:
            compile(tests, "tests", "exec")
        except SyntaxError as error:
            raise BadInput(f"case {case.prompt.id}: data.tests is no Python: {error}") from None
        ran = sandbox.run({"answer": sandbox.code_of(text), "tests": tests}, SECONDS)
        return Grade(1.0, "passes the tests") if ran.finished else Grade(0.0, ran.error)
