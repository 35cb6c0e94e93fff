"""Sets of recorded votes: what one file says of its models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.errors import BadInput
from workbench.votes import COLUMNS, load, names, read


def vote(a: str, b: str, winner: str, **values: Any) -> dict[str, Any]:
    return {"query_id": "q1", "model_a": a, "model_b": b, "winner": winner} | values


def saved(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_parquet(path)
    return path


def test_columns_that_a_file_lacks_are_null(tmp_path: Path) -> None:
    frame = read(saved(tmp_path / "v.parquet", vote("x", "y", "tie"))).frame
    assert frame.columns == list(COLUMNS)
    assert frame["annotator"].to_list() == [None]


def test_a_win_rate_counts_a_tie_and_both_bad_as_half(tmp_path: Path) -> None:
    rows = [vote("x", "y", w) for w in ("model_a", "model_a", "tie", "both_bad")] + [vote("y", "x", "model_a")]
    x, y = read(saved(tmp_path / "v.parquet", *rows)).coverage()
    assert x == {
        "model": "x",
        "category": None,
        "votes": 5,
        "won": 2,
        "lost": 1,
        "ties": 1,
        "both_bad": 1,
        "win rate": 0.6,
    }
    assert (y["won"], y["lost"], y["win rate"]) == (1, 2, 0.4)


def test_a_set_is_described_in_one_line(tmp_path: Path) -> None:
    rows = [
        vote("x", "y", "tie", judge="human", annotator="ann", category="maths"),
        vote("x", "z", "both_bad", judge="gpt-4", annotator=None, category="maths"),
    ]
    assert read(saved(tmp_path / "v.parquet", *rows)).described() == {
        "votes": 2,
        "models": 3,
        "categories": 1,
        "queries": 1,
        "judges": 2,
        "annotators": 1,
        "ties": 1,
        "both_bad": 1,
    }


def test_sets_are_found_by_name(tmp_path: Path) -> None:
    saved(tmp_path / "data" / "mine.votes.parquet", vote("x", "y", "tie"))
    saved(tmp_path / "data" / "other.parquet", vote("x", "y", "tie"))
    assert list(names(tmp_path)) == ["mine"]
    assert load("mine", tmp_path).name == "mine"
    with pytest.raises(BadInput, match="no votes named 'yours'; there are mine"):
        load("yours", tmp_path)


def test_a_file_that_holds_no_votes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="lacks the columns model_b, winner"):
        read(saved(tmp_path / "v.parquet", {"query_id": "q", "model_a": "x"}))
    with pytest.raises(BadInput, match="every winner must be one of model_a, model_b, tie, both_bad"):
        read(saved(tmp_path / "v.parquet", vote("x", "y", "left")))
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.parquet")
