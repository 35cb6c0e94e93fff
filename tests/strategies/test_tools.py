"""Tools take what models write, and tell what they cannot do."""

from __future__ import annotations

import asyncio

import pytest

from strategies._briefs import Result
from strategies._plan import Step
from strategies._tools import calculator, expression_of, lookup, outspoken, program
from workbench.types import user

STEP = Step("code", "count")


@pytest.mark.parametrize(
    "written",
    [
        "3 * 12",
        "3 * 12 = 36",
        "`3 * 12`",
        "The expression is `3 * 12`.",
        "```\n3 * 12\n```",
        "The expression is:\n\n3 * 12\n\nwhich is what is needed.",
        "**3 * 12**",
    ],
)
def test_the_expression_is_found_in_what_models_say(written: str) -> None:
    assert calculator(STEP, written) == Result(STEP, f"{expression_of(written)} = 36")


@pytest.mark.parametrize("written", ["", "I cannot", "the price times 3", "__import__('os').getcwd()"])
def test_what_is_no_expression_is_told(written: str) -> None:
    result = calculator(STEP, written)
    assert result.failed
    assert result.text.startswith("the calculator failed: ")


def test_a_program_prints_its_result() -> None:
    written = "Sure:\n```python\nprint(sum(n for n in range(100) if n % 7 == 0))\n```\nDone."
    assert asyncio.run(program(STEP, written, 5.0)) == Result(STEP, "735")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("print(1 / 0)", "ZeroDivisionError"),
        ("def f(): pass", "printed nothing"),
        ("def f(): pass\nf()", "printed nothing"),
        ("", "printed nothing"),
        ("while True: pass", "took more than 0.5 s"),
        ("open('/etc/passwd')", "is not to be touched here"),
        ("this is no Python", "SyntaxError"),
    ],
)
def test_a_program_that_fails_says_why(written: str, said: str) -> None:
    result = asyncio.run(program(STEP, written, 0.5 if "while" in written else 5.0))
    assert result.failed
    assert said in result.text.split("It was:")[0]
    assert result.text.endswith(f"It was:\n{written}")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("n = 2\nn + 1", "3"),
        ("x = 5", "5"),
        ("x = 5; x", "5"),
        ("x = 5\nx *= 2", "10"),
        ("def f(n):\n    return n + 1\n\nf(\n    1\n)", "2"),
        ("print(1)\nx = 2", "1"),
    ],
)
def test_a_program_that_does_not_print_tells_its_last_value(written: str, value: str) -> None:
    assert asyncio.run(program(STEP, written, 5.0)) == Result(STEP, value)


def test_a_search_looks_through_the_whole_conversation() -> None:
    said = [user("The ferry costs 9 euros.\n\nThe museum costs 12 euros."), user("How dear is it?")]
    assert lookup(STEP, "museum", said) == Result(STEP, "The museum costs 12 euros.")
    assert lookup(STEP, "zebra", said).failed


def test_a_program_too_deep_to_be_written_anew_is_left_as_it_is() -> None:
    deep = "1" + "+1" * 400
    assert outspoken(deep) == deep
