"""Files of outcomes and votes become data sets: whole or not at all, and nothing is dropped without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench import outcomes, votes
from workbench.errors import BadInput, UnknownPlugin
from workbench.importers import long
from workbench.services import intake
from workbench.services.intake import Taken, take_in

SHARED = Path(__file__).parents[3] / "shared" / "datasets"
GOOD = {"query_id": "q1", "prompt": "Add 1 and 2.", "model": "a", "quality": 1, "cost_usd": 0.01}
VOTE = {"query_id": "q1", "model_a": "a", "model_b": "b", "winner": "tie"}


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return path


def bring(tmp_path: Path, *rows: Any, format: str = "long", name: str = "mine", **options: Any) -> Taken:
    return take_in(format, lines(tmp_path / "source.jsonl", *rows), tmp_path / "data", name, **options)


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_outcomes_become_a_data_set_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows = [GOOD | {"query_id": f"q{i}", "quality": i / 10} for i in (3, 1, 2)]
    taken = bring(tmp_path, *rows)
    frame = outcomes.read(taken.file).frame
    assert frame["query_id"].to_list() == ["q3", "q1", "q2"]
    assert frame["quality"].to_list() == [0.3, 0.1, 0.2]
    assert left(tmp_path / "data") == ["mine.parquet"]


def test_votes_go_beside_them(tmp_path: Path) -> None:
    bring(tmp_path, GOOD)
    taken = bring(tmp_path, VOTE, format="votes")
    assert left(tmp_path / "data") == ["mine.parquet", "mine.votes.parquet"]
    assert votes.load("mine", tmp_path).frame["winner"].to_list() == ["tie"]
    assert taken.kind == "votes"
    assert outcomes.names(tmp_path)["mine"].name == "mine.parquet"


def test_many_batches_make_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BATCH", 7)
    taken = bring(tmp_path, *(GOOD | {"query_id": f"q{i:03}"} for i in range(100)))
    assert outcomes.read(taken.file).frame["query_id"].to_list() == [f"q{i:03}" for i in range(100)]


def test_every_row_is_kept_or_skipped_with_its_reason_and_place(tmp_path: Path) -> None:
    dirty = (
        GOOD,
        "not json",
        [1, 2],
        GOOD | {"quality": 2},
        GOOD | {"query_id": ""},
        GOOD,
        GOOD | {"model": "b", "latency_ms": "soon"},
        {k: v for k, v in GOOD.items() if k != "prompt"},
    )
    report = bring(tmp_path, *dirty).report
    assert (report.rows, report.kept, report.skipped.total) == (8, 2, 6)
    assert report.skipped.places == {
        "the line is not JSON": ["line 2"],
        "the line is no JSON object": ["line 3"],
        "quality is no number from 0 to 1": ["line 4, a"],
        "no query_id": ["line 5, a"],
        "a second outcome of the same model for the same query": ["line 6, a"],
        "the row has no prompt": ["line 8"],
    }
    assert report.mended.places == {"latency_ms is no number and was left empty": ["line 7, b"]}


def test_a_name_that_is_taken_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    bring(tmp_path, GOOD)
    with pytest.raises(BadInput, match="already: choose another --name, or --replace it"):
        bring(tmp_path, GOOD | {"quality": 0})
    assert outcomes.load("mine", tmp_path).frame["quality"].to_list() == [1.0]
    bring(tmp_path, GOOD | {"quality": 0}, replace=True)
    assert outcomes.load("mine", tmp_path).frame["quality"].to_list() == [0.0]


def test_a_data_set_that_ships_is_not_shadowed_by_accident(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="named reasoning already"):
        bring(tmp_path, GOOD, name="reasoning")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../up", "mine.votes", ".hidden"])
def test_a_name_that_is_a_path_or_a_trap_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="plain name"):
        bring(tmp_path, GOOD, name=name)


def test_an_import_that_is_interrupted_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(tmp_path, GOOD)
    before = (tmp_path / "data" / "mine.parquet").read_bytes()

    def interrupted(self: Any, row: dict[str, Any], place: Any) -> Iterator[dict[str, Any]]:
        if place.n == 3:
            raise KeyboardInterrupt
        yield row

    monkeypatch.setattr(long.Long, "take", interrupted)
    monkeypatch.setattr(intake, "BATCH", 1)
    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, *(GOOD | {"query_id": f"n{i}"} for i in range(5)), replace=True)
    assert left(tmp_path / "data") == ["mine.parquet"]
    assert (tmp_path / "data" / "mine.parquet").read_bytes() == before


def test_a_file_without_anything_to_take_changes_nothing_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing of .*: 2: quality is no number from 0 to 1 \(line 1, a\)"):
        bring(tmp_path, GOOD | {"quality": 7}, GOOD | {"quality": "high"})
    assert left(tmp_path / "data") == []


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownPlugin, match=r"no importer named 'excel'; there are arena, .*long, .*votes"):
        bring(tmp_path, GOOD, format="excel")


def test_a_file_of_another_format_is_told_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its rows have no model_a, model_b, winner; they have query_id, prompt"):
        bring(tmp_path, GOOD, format="arena")


def test_a_damaged_archive_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress("".join(json.dumps(GOOD | {"query_id": f"q{i}"}) + "\n" for i in range(9999)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BadInput, match="cannot be read"):
        take_in("long", tmp_path / "cut.jsonl.gz", tmp_path / "data", "mine")
    assert left(tmp_path / "data") == []


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded data sets beside the project are absent")
@pytest.mark.parametrize("file", sorted(SHARED.glob("*.parquet")), ids=lambda file: file.stem)
def test_real_files_come_in_row_for_row(tmp_path: Path, file: Path) -> None:
    source = pl.read_parquet(file)
    taken = take_in("votes" if "winner" in source.columns else "long", file, tmp_path, file.stem)
    report = taken.report
    assert report.rows == source.height == report.kept + report.skipped.total
    frame = votes.read(taken.file).frame if taken.kind == "votes" else outcomes.read(taken.file).frame
    assert frame.height == report.kept
    own = [c for c in frame.columns if c in source.columns]
    lost = report.skipped.counts
    if lost.get("a model against itself"):
        source = source.filter(pl.col("model_a") != pl.col("model_b"))
    if lost.get("a second outcome of the same model for the same query"):
        source = source.unique(["query_id", "model"], keep="first", maintain_order=True)
    assert frame.select(own).equals(source.select(own))
