"""Sets of recorded votes: what one file says of its models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.errors import BadInput
from workbench.types import Model
from workbench.votes import COLUMNS, PROMPTS, Votes, load, names, read

POOL = tuple(Model(id, 1.0, 1.0) for id in ("x", "y", "z"))


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


def loaded(tmp_path: Path, *rows: dict[str, Any]) -> Votes:
    return read(saved(tmp_path / "v.parquet", *rows))


def test_votes_become_a_table_of_wins_for_each_prompt(tmp_path: Path) -> None:
    rows = [
        vote("y", "x", "model_a", query_id="q2", prompt="prove it"),
        vote("x", "y", "both_bad", query_id="q2", prompt="prove it"),
        vote("x", "y", "model_a", query_id="q1", prompt="greet me"),
        vote("x", "y", "model_b", query_id="q1", prompt="greet me", judge="gpt-4"),
        vote("x", "unknown", "model_a", query_id="q1", prompt="greet me"),
        vote("x", "x", "model_a", query_id="q1", prompt="greet me"),
        vote("x", "y", "model_a", query_id="q3"),
    ]
    found = loaded(tmp_path, *rows).preferences(POOL)
    assert [p.text for p in found.prompts] == ["greet me", "prove it"]
    assert found.ids == ("x", "y")
    assert found.wins.tolist() == [[[0, 1], [0, 0]], [[0, 0.5], [1.5, 0]]]


def test_votes_without_any_prompt_are_votes_on_one(tmp_path: Path) -> None:
    rows = [vote("x", "y", "model_a", query_id=f"q{i}") for i in range(3)] + [vote("z", "y", "tie", query_id="q3")]
    found = loaded(tmp_path, *rows).preferences(POOL)
    assert [p.text for p in found.prompts] == [""]
    assert found.wins.tolist() == [[[0, 3, 0], [0, 0, 0.5], [0, 0.5, 0]]]


def test_of_very_many_prompts_evenly_many_are_kept(tmp_path: Path) -> None:
    n = 2 * PROMPTS + 1
    rows = [vote("x", "y", "model_a", query_id=f"q{i:06}", prompt=f"ask {i}") for i in range(n)]
    found = loaded(tmp_path, *rows).preferences(POOL)
    assert len(found) == -(-n // 3)
    assert [p.id for p in found.prompts[:2]] == ["q000000", "q000003"]
    assert found.wins.sum() == len(found)


@pytest.mark.parametrize(
    ("rows", "mend"),
    [
        ([vote("x", "y", "model_a", judge="gpt-4")], "holds no vote of a person"),
        ([vote("x", "other", "model_a")], r"it is about other, x: give .* models.toml .* --rename"),
        ([vote("x", "y", "tie"), vote("x", "y", "both_bad")], "all 2 votes .* are ties"),
    ],
)
def test_votes_that_teach_nothing_say_what_is_missing(tmp_path: Path, rows: list[dict[str, Any]], mend: str) -> None:
    with pytest.raises(BadInput, match=mend):
        loaded(tmp_path, *rows).preferences(POOL)


def test_models_can_be_given_the_names_they_have_here(tmp_path: Path) -> None:
    found = loaded(tmp_path, vote("GPT 4", "y", "model_a", prompt="hi")).renamed({"GPT 4": "x"})
    assert found.preferences(POOL).ids == ("x", "y")
    with pytest.raises(BadInput, match="holds no vote on GPT 5"):
        found.renamed({"GPT 5": "x"})


def test_a_key_is_of_the_votes_themselves(tmp_path: Path) -> None:
    one, same, other = (
        read(saved(tmp_path / f"{name}.parquet", vote("x", "y", winner)))
        for name, winner in (("a", "tie"), ("b", "tie"), ("c", "model_a"))
    )
    assert one.key == same.key != other.key
