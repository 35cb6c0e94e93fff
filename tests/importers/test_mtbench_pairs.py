"""MT-Bench's pairs, judged by people once and by a model in both orders."""

from __future__ import annotations

import json
from pathlib import Path

from tests.importers.reading import SAMPLES, picked, read


def test_a_person_votes_on_the_turn_that_was_judged() -> None:
    rows, _ = read("mtbench_pairs", SAMPLES / "mtbench_pairs.jsonl")
    assert picked(rows[:3], "query_id", "prompt", "response_a", "winner", "judge", "annotator") == [
        ("81-1", "Write a poem.", "Roses", "model_b", "human", "author_2"),
        ("81-2", "Shorter.", "Rose", "tie", "human", "expert_17"),
        ("111-1", "Write a poem.", "Roses", "model_a", "gpt4_pair", "gpt4_pair"),
    ]


def test_a_judge_that_was_asked_in_both_orders_votes_twice() -> None:
    rows, _ = read("mtbench_pairs", SAMPLES / "mtbench_pairs.jsonl")
    assert picked(rows[3:], "query_id", "model_a", "model_b", "winner", "judge") == [
        ("112-1", "llama-13b", "gpt-4", "model_b", "gpt-4"),
        ("112-1", "gpt-4", "llama-13b", "model_a", "gpt-4"),
        ("113-2", "llama-13b", "gpt-4", "model_b", "gpt-4"),
        ("113-2", "gpt-4", "llama-13b", "tie", "gpt-4"),
        ("114-1", "gpt-4", "llama-13b", "model_b", "gpt-4"),
    ]


def test_what_is_skipped_is_told() -> None:
    _, report = read("mtbench_pairs", SAMPLES / "mtbench_pairs.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 13, 8)
    assert report.skipped.places == {
        "the winner is none of model_a, model_b, tie, both_bad": ["line 6"],
        "a model against itself": ["line 7"],
        "no question_id": ["line 8"],
        "the row has no winner": ["line 9"],
        "the line is no JSON object": ["line 10"],
    }


def test_a_winner_or_model_of_another_type_is_skipped_and_told(tmp_path: Path) -> None:
    row = {"question_id": 81, "judge": "gpt-4", "model_1": "a", "model_2": "b", "g1_winner": ["a"], "g2_winner": {}}
    file = tmp_path / "odd.jsonl"
    file.write_text(json.dumps(row) + "\n" + json.dumps(row | {"model_1": None, "g1_winner": "model_1"}), "utf-8")
    rows, report = read("mtbench_pairs", file)
    assert not rows
    assert report.skipped.counts == {
        "the winner is none of model_a, model_b, tie, both_bad": 2,
        "no model_a": 1,
        "no model_b": 1,
    }
