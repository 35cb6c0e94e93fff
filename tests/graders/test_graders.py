"""Every grader on answers as models write them, and on what no model should write."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.pool import prompt
from workbench.errors import BadInput
from workbench.graders._grader import Grader
from workbench.registry import Registry
from workbench.types import Case

GRADERS: Registry[Grader] = Registry("workbench.graders", Grader)
NAMES = ("choice", "code", "contains", "exact", "json_schema", "numeric", "reasoning_gym", "regex")
SCHEMA = {"type": "object", "required": ["name", "age"], "properties": {"age": {"type": "integer"}}}
TESTS = "assert double(2) == 4\nassert double(-1) == -2"


def score(grader: str, text: str, reference: str | None = None, **data: Any) -> float:
    return GRADERS.build(grader).grade(Case(prompt(id="c1"), reference, grader, data=data), text).score


def test_these_are_the_graders() -> None:
    assert set(GRADERS.names()) == {*NAMES, "judge"}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Paris", 1),
        (" paris.\n", 1),
        ('"Paris"', 1),
        ("**Paris**", 1),
        ("<answer>Paris</answer>", 1),
        ("Paris, France", 0),
    ],
)
def test_exact_forgives_what_surrounds_an_answer_and_nothing_else(text: str, right: float) -> None:
    assert score("exact", text, "Paris") == right


def test_exact_knows_one_letter_by_both_of_its_spellings() -> None:
    assert score("exact", "cafe\u0301", "caf\u00e9") == 1


@pytest.mark.parametrize(
    ("text", "reference", "right"),
    [
        ("42", "42", 1),
        ("The answer is 42.", "42", 1),
        ("6 x 7 = 42", "42", 1),
        ("$1,234.50", "1234.5", 1),
        ("1.2e3 metres", "1200", 1),
        ("3/4", "0.75", 1),
        ("50 %", "50%", 1),
        ("-7", "-7", 1),
        ("\u22127", "-7", 1),
        (".5", "0.5", 1),
        ("41", "42", 0),
        ("forty-two", "42", 0),
        ("1/0", "1", 0),
        ("<answer>42</answer> and not 7", "42", 1),
        ("9" * 500, "42", 0),
    ],
)
def test_numeric_reads_numbers_as_people_write_them(text: str, reference: str, right: float) -> None:
    assert score("numeric", text, reference) == right


def test_numeric_takes_a_tolerance() -> None:
    assert score("numeric", "3.14", "3.14159", tolerance=0.01) == 1
    assert score("numeric", "3.14", "3.14159") == 0


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("B", 1),
        ("b)", 1),
        ("(B) a whale", 1),
        ("B. A whale", 1),
        ("The answer is (B)", 1),
        ("Answer: B, because whales breathe air", 1),
        ("A whale", 1),
        ("I think it is a whale.", 1),
        ("A shark, or a whale", 0),
        ("C", 0),
        ("A", 0),
        ("", 0),
    ],
)
def test_choice_takes_a_letter_or_the_words(text: str, right: float) -> None:
    assert score("choice", text, "B", options=["A shark", "A whale", "A tuna"]) == right


def test_contains_wants_all_any_and_none() -> None:
    assert score("contains", "Oslo is in Norway", all=["oslo", "norway"]) == 1
    assert score("contains", "Oslo is in Sweden", all=["oslo", "norway"]) == 0
    assert score("contains", "red or blue", any=["green", "blue"], none=["yellow"]) == 1
    assert score("contains", "yellow and blue", any=["green", "blue"], none=["yellow"]) == 0
    assert score("contains", "It is Oslo.", "Oslo") == 1


def test_regex_searches_or_matches_from_end_to_end() -> None:
    assert score("regex", "born in 1969", r"\b19\d\d\b") == 1
    assert score("regex", "born in 1969", r"19\d\d", full=True) == 0
    assert score("regex", "1969", r"19\d\d", full=True) == 1


def test_a_pattern_that_would_run_for_ever_is_ended() -> None:
    began = time.monotonic()
    assert score("regex", "a" * 60 + "!", r"^(a+)+$") == 0
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('{"name": "Ada", "age": 36}', 1),
        ('Here it is:\n```json\n{"name": "Ada", "age": 36}\n```', 1),
        ('Sure! {"name": "Ada", "age": 36} is it.', 1),
        ('{"name": "Ada", "age": "36"}', 0),
        ('{"name": "Ada"}', 0),
        ("no", 0),
        ("[" * 5000, 0),
    ],
)
def test_json_schema_finds_the_json_and_checks_it(text: str, right: float) -> None:
    assert score("json_schema", text, schema=SCHEMA) == right


def test_code_passes_its_tests_or_does_not() -> None:
    assert score("code", "```python\ndef double(x):\n    return 2 * x\n```", tests=TESTS) == 1
    assert score("code", "def double(x):\n    return x + 2", tests=TESTS) == 0
    assert score("code", "this is no Python", tests=TESTS) == 0


def test_code_may_print() -> None:
    assert score("code", GOOD + "print('doubling')", tests=TESTS) == 1


GOOD = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit(0)",
        "import os; os._exit(0)",
        "print('passes the tests')\nraise SystemExit",
        "import os; os.write(1, b'0' * 32); os._exit(0)",
        "while True: pass",
        "x = bytearray(10**10)",
        GOOD + "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        GOOD + "import subprocess; subprocess.run(['true'])",
        GOOD + "import os; os.fork()",
        GOOD + "open('big', 'wb').write(b'0' * 10**8)",
        GOOD + "import os; assert os.environ['HOME']",
    ],
)
def test_a_hostile_program_is_only_wrong(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.graders import code

    monkeypatch.setattr(code, "SECONDS", 2.0)
    assert score("code", program, tests=TESTS) == 0


def test_code_leaves_no_files_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert score("code", GOOD + "open('left', 'w').write('x')", tests=TESTS) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("grader", "reference", "data", "said"),
    [
        ("exact", None, {}, "needs a reference"),
        ("numeric", "many", {}, "is no number"),
        ("numeric", "1", {"tolerance": "wide"}, "tolerance must be a number"),
        ("choice", "B", {}, "needs data.options"),
        ("choice", "Z", {"options": ["a", "b"]}, "a letter from A to B"),
        ("contains", None, {}, "needs a reference, or data.all"),
        ("contains", None, {"any": "blue"}, "data.any must be a list"),
        ("regex", "(", {}, "is no pattern"),
        ("json_schema", None, {}, "needs data.schema"),
        ("json_schema", None, {"schema": {"type": "colour"}}, "is no JSON schema"),
        ("code", None, {}, "needs data.tests"),
        ("code", None, {"tests": "assert ("}, "is no Python"),
        ("judge", None, {}, "--judge MODEL"),
    ],
)
def test_a_wrong_case_is_named(grader: str, reference: str | None, data: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=f"case c1: .*{said}"):
        score(grader, "anything", reference, **data)


@pytest.mark.parametrize("text", ["", "\x00", "🦜" * 1000, "x" * 1_000_000, "\ud800", "שלום", "<answer>", "{" * 9999])
def test_any_text_gets_a_grade(text: str) -> None:
    data = {"options": ["p", "q"], "schema": SCHEMA, "tests": TESTS}
    references = {"numeric": "1", "choice": "A"}
    for grader in NAMES:
        if grader != "reasoning_gym":
            assert score(grader, text, references.get(grader, "zzz"), **data) == 0
