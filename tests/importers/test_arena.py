"""Votes of the arena's published sets, each in its own form."""

from __future__ import annotations

from tests.importers.reading import SAMPLES, picked, read


def test_a_battle_is_a_vote_on_the_first_message() -> None:
    rows, _ = read("arena", SAMPLES / "arena.jsonl")
    assert picked(rows, "query_id", "prompt", "response_a", "response_b", "winner") == [
        ("58210e39", "Name a river.", "Thames", "The Nile is one.", "model_b"),
        ("0c41d7bc", "Solve it.", "?", "!", "both_bad"),
        ("c4b9710c", "Write a poem about 7.", "seven", "7", "both_bad"),
        ("c4b9710d", "def f(: fix it", "def f():", "ok", "tie"),
        ("30192", "Is it moral?", "Yes", "No", "model_a"),
    ]
    assert {row["judge"] for row in rows} == {"human"}
    assert rows[0]["annotator"] == "arena_user_973"


def test_categories_are_the_tags_that_hold() -> None:
    rows, _ = read("arena", SAMPLES / "arena.jsonl")
    assert picked(rows, "category") == [(None,), (None,), ("creative_writing|math",), ("code",), (None,)]


def test_what_is_skipped_is_told_and_votes_that_were_not_blind_are() -> None:
    _, report = read("arena", SAMPLES / "arena.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 10, 5)
    assert report.skipped.places == {
        "the winner is none of model_a, model_b, tie, both_bad": ["line 6", "line 9"],
        "the voter saw the models' names": ["line 7"],
        "a model against itself": ["line 8"],
        "the row has no winner": ["line 10"],
    }
