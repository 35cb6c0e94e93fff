"""RouteLLM's tables: a column a model, True or False."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.importers.reading import SAMPLES, picked, read

WEAK, STRONG = "mixtral-8x7b-instruct-v0.1", "gpt-4-1106-preview"


def test_each_model_column_is_an_outcome_and_its_cost_is_not_stated() -> None:
    rows, _ = read("routellm", SAMPLES / "gsm8k_responses.csv")
    assert picked(rows[2:4], "dataset", "category", "model", "quality", "response", "cost_usd", "cost_basis") == [
        ("routellm_gsm8k", "gsm8k", WEAK, 0.0, "6", 0.0, "not stated"),
        ("routellm_gsm8k", "gsm8k", STRONG, 1.0, "7", 0.0, "not stated"),
    ]
    assert rows[2]["query_id"] == rows[3]["query_id"] != rows[0]["query_id"]


def test_prompts_that_the_repository_lists_as_contaminated_are_marked() -> None:
    rows, _ = read("routellm", SAMPLES / "gsm8k_responses.csv")
    assert picked(rows[:4], "split") == [("contaminated",), ("contaminated",), ("eval",), ("eval",)]


def test_without_that_list_there_is_no_split(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "gsm8k_responses.csv", tmp_path)
    rows, _ = read("routellm", tmp_path / "gsm8k_responses.csv")
    assert {row["split"] for row in rows} == {None}


def test_what_is_skipped_is_told_for_each_model() -> None:
    _, report = read("routellm", SAMPLES / "gsm8k_responses.csv")
    assert (report.rows, report.read, report.kept) == (10, 2 * 9 + 1, 12)
    assert report.skipped.counts == {
        "a second outcome of the same model for the same query": 2,
        "quality is no number from 0 to 1": 1,
        "no quality": 1,
        "no prompt": 2,
        "the row has more or fewer fields than the first line": 1,
    }


def test_a_folder_of_subjects_is_one_data_set(tmp_path: Path) -> None:
    head = f"prompt,{WEAK},{STRONG}\n"
    (tmp_path / "mmlu_anatomy.csv").write_text(head + "Where is it?,True,True\n", encoding="utf-8")
    (tmp_path / "mmlu_high_school_physics.csv").write_text(head + "Where is it?,False,True\nHm?,x,True\n", "utf-8")
    (tmp_path / "notes.txt").write_text("not a table", encoding="utf-8")
    rows, report = read("routellm", tmp_path)
    assert picked(rows, "dataset", "category", "model", "quality") == [
        ("routellm_mmlu", "anatomy", WEAK, 1.0),
        ("routellm_mmlu", "anatomy", STRONG, 1.0),
        ("routellm_mmlu", "high_school_physics", WEAK, 0.0),
        ("routellm_mmlu", "high_school_physics", STRONG, 1.0),
        ("routellm_mmlu", "high_school_physics", STRONG, 1.0),
    ]
    assert rows[0]["query_id"] != rows[2]["query_id"]
    assert report.skipped.places == {
        "quality is no number from 0 to 1": [f"mmlu_high_school_physics.csv line 3, {WEAK}"]
    }


def test_prompts_that_are_no_text_or_half_a_character_do_not_end_the_import(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "contaminated_prompts.jsonl", tmp_path)
    lines = (f'{{"prompt": {prompt}, "{WEAK}": true}}' for prompt in ('["a"]', '"half \\ud800"', '"Hm?"'))
    (tmp_path / "gsm8k.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows, report = read("routellm", tmp_path / "gsm8k.jsonl")
    assert picked(rows, "prompt", "split") == [("['a']", "eval"), ("half \ufffd", "eval"), ("Hm?", "eval")]
    assert report.kept == 3
