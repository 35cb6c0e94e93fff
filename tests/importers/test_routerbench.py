"""RouterBench's wide rows become an outcome for each model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.reading import SAMPLES, picked, read
from workbench.errors import BadInput
from workbench.importers.routerbench import turns


def test_a_wide_row_holds_an_outcome_of_each_model() -> None:
    rows, _ = read("routerbench", SAMPLES / "routerbench.csv")
    assert picked(rows[:2], "query_id", "category", "model", "quality", "cost_usd", "cost_basis", "response") == [
        ("mbpp.dev.1", "mbpp", "small", 0.0, 0.0001, "recorded", "no"),
        ("mbpp.dev.1", "mbpp", "big", 1.0, 0.02, "recorded", "def add(a, b): ..."),
    ]
    assert picked(rows[6:8], "query_id", "model", "quality") == [("arc.3", "small", 1.0), ("arc.3", "big", 0.0)]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("['One\\nline']", "One\nline"),
        ("[\"It's\", 'two']", "It's\ntwo"),
        (["a", "b"], "a\nb"),
        ("plain ['text']", "plain ['text']"),
        ("['broken]", "['broken]"),
        ("['__import__(\"os\")', print()']", "['__import__(\"os\")', print()']"),
        (None, None),
    ],
)
def test_lists_of_turns_written_as_text_are_read_and_run_nothing(said: object, text: str | None) -> None:
    assert turns(said) == text


def test_what_is_skipped_is_told_for_each_model() -> None:
    _, report = read("routerbench", SAMPLES / "routerbench.csv")
    assert (report.rows, report.read, report.kept) == (10, 2 * 9 + 1, 12)
    assert report.skipped.places == {
        "no quality": ["line 6, small"],
        "cost is no number of 0 or more": ["line 7, small"],
        "quality is no number from 0 to 1": ["line 8, big"],
        "a second outcome of the same model for the same query": ["line 9, big"],
        "the row has more or fewer fields than the first line": ["line 10"],
        "no query_id": ["line 11, small", "line 11, big"],
    }


def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path: Path) -> None:
    (tmp_path / "routerbench_0shot.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(BadInput, match="a pickle, which can run any code"):
        read("routerbench", tmp_path / "routerbench_0shot.pkl")


def test_a_table_without_costs_is_another_format(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("sample_id,prompt,eval_name,small\n1,p,e,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"its rows have no MODEL\|total_cost; they have sample_id, prompt, eval_name"):
        read("routerbench", tmp_path / "t.csv")
