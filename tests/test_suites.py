"""The suites that ship: every case can be graded, a right answer is right and nonsense is not."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.pool import MODELS
from workbench.services.record import Graders
from workbench.suite import load
from workbench.types import Case

RIGHT_CODE = """
def add(a, b): return a + b
def is_even(n): return n % 2 == 0
def reverse(text): return text[::-1]
def largest(numbers): return max(numbers)
def count_vowels(text): return sum(c in "aeiou" for c in text.lower())
def factorial(n): return 1 if n == 0 else n * factorial(n - 1)
def unique(items): return list(dict.fromkeys(items))
def is_palindrome(text): plain = text.lower().replace(" ", ""); return plain == plain[::-1]
def flatten(lists): return [x for some in lists for x in some]
def celsius(fahrenheit): return (fahrenheit - 32) / 1.8
def words(text): return {w: text.split().count(w) for w in text.split()}
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
"""
RIGHT_LINES = (
    "deep, blue, wide",
    "The Lost Dog Returns",
    "At last the old sailor came home.",
    "KEEP CALM",
    "Birds sing every morning.",
)


def right(case: Case) -> list[str]:
    """Answers of which at least one is right."""
    data = case.data
    match case.grader:
        case "numeric" | "choice":
            return [case.reference or ""]
        case "contains":
            return [" ".join([*data.get("all", []), *data.get("any", [])[:1]])]
        case "code":
            return [RIGHT_CODE]
        case "json_schema":
            return [json.dumps(example(data["schema"]))]
    return list(RIGHT_LINES)


def example(schema: dict[str, Any]) -> Any:
    if "const" in schema:
        return schema["const"]
    if "pattern" in schema:
        return "lamp"
    return {name: example(inner) for name, inner in schema["properties"].items()}


def cases(name: str) -> list[Case]:
    return list(load(name).cases(MODELS))


@pytest.mark.parametrize("name", ["smoke", "intents"])
def test_a_right_answer_is_right_and_nonsense_is_wrong(name: str) -> None:
    graders = Graders()
    for case in cases(name):
        assert any(graders.grade(case, text).score == 1 for text in right(case)), case.prompt.id
        assert graders.grade(case, "zzz qqq 77777 zzz qqq zzz").score == 0, case.prompt.id


def test_intents_cover_eight_categories_evenly() -> None:
    counts = Counter(case.prompt.tags["category"] for case in cases("intents"))
    assert len(counts) == 8
    assert set(counts.values()) == {12}
    assert {case.split for case in cases("intents")} == {"train", "test"}


def test_smoke_is_twenty_cases_of_several_graders() -> None:
    found = cases("smoke")
    assert len(found) == 20
    assert len({case.grader for case in found}) >= 5
