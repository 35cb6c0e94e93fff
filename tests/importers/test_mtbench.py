"""MT-Bench's scores: question and answer cut out of what the judge was shown."""

from __future__ import annotations

import json

import pytest

from tests.importers.reading import SAMPLES, picked, read
from workbench.importers.mtbench import category


def test_a_judgment_is_an_outcome_of_one_turn() -> None:
    rows, _ = read("mtbench", SAMPLES / "mtbench.jsonl")
    assert picked(rows, "query_id", "category", "model", "prompt", "response") == [
        ("98-1", "roleplay", "small", "Be a robot.\nWhat do you like?", "Oil.\n\n[Question]\nor rust?"),
        ("98-2", "roleplay", "small", "And why?", "It is smooth.\n\nVery."),
        ("98-1", "roleplay", "big", "Be a robot.\nWhat do you like?", "Nothing"),
        ("102-1", "reasoning", "small", "Where is the White House?", "In the picture."),
        ("104-2", "reasoning", "small", "And sisters?", "Four"),
    ]


def test_a_score_of_1_is_quality_0_and_10_is_1() -> None:
    rows, _ = read("mtbench", SAMPLES / "mtbench.jsonl")
    assert [row["quality"] for row in rows] == pytest.approx([8 / 9, 1.0, 0.0, 0.5, 1 / 3])


def test_the_second_turn_follows_the_first_question_only() -> None:
    """Each model answered the first turn in its own way; a query is the same for all."""
    rows, _ = read("mtbench", SAMPLES / "mtbench.jsonl")
    assert json.loads(rows[4]["context"]) == [{"role": "user", "content": "How many brothers?"}]
    assert rows[0]["context"] is None


def test_what_is_skipped_is_told() -> None:
    _, report = read("mtbench", SAMPLES / "mtbench.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 10, 5)
    assert report.skipped.places == {
        "the judge gave no score from 1 to 10": ["line 6", "line 7"],
        "question and answer cannot be told apart in user_prompt": ["line 8"],
        "a second outcome of the same model for the same query": ["line 9, small"],
        "the row has no user_prompt": ["line 10"],
    }


def test_categories_are_ten_questions_each() -> None:
    assert [category(n) for n in (80, 81, 90, 91, "160", 161, None)] == [
        None,
        "writing",
        "writing",
        "roleplay",
        "humanities",
        None,
        None,
    ]
