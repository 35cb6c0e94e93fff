"""The long form of votes comes in as it is."""

from __future__ import annotations

from tests.importers.reading import SAMPLES, picked, read


def test_a_row_is_a_vote_and_the_same_vote_may_be_given_twice() -> None:
    rows, _ = read("votes", SAMPLES / "votes.jsonl")
    assert picked(rows, "query_id", "model_a", "model_b", "winner", "judge", "annotator") == [
        ("q1", "x", "y", "model_a", "human", "ann"),
        ("q1", "x", "y", "tie", "human", "bob"),
        ("q1", "x", "y", "tie", "human", "bob"),
        ("q2", "y", "z", "both_bad", "gpt-4", None),
    ]


def test_what_is_skipped_is_told() -> None:
    _, report = read("votes", SAMPLES / "votes.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 10, 4)
    assert report.skipped.places == {
        "the winner is none of model_a, model_b, tie, both_bad": ["line 5"],
        "a model against itself": ["line 6"],
        "no query_id": ["line 7"],
        "no model_a": ["line 8"],
        "the row has no model_b": ["line 9"],
        "the line is not JSON": ["line 10"],
    }
