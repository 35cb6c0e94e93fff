"""Files as they come: huge, broken, hostile."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.errors import BadInput
from workbench.importers import _tables
from workbench.importers._report import Report
from workbench.importers._tables import table


def rows(path: Path) -> tuple[list[tuple[str, dict[str, Any]]], Report]:
    report = Report()
    return [(str(place), row) for place, row in table(path, report)], report


def saved(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_list_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a piece ends inside a number, an escape or an object."""
    values = [{"n": i, "text": "ab\\" * 5 + '"' + "é" * (i % 7)} for i in range(50)]
    monkeypatch.setattr(_tables, "CHUNK", 5)
    for spaced in (None, 2):
        found, report = rows(saved(tmp_path / "d.json", json.dumps(values, indent=spaced)))
        assert [row for _, row in found] == values
        assert found[-1][0] == "item 50"
        assert report.rows == 50


def test_what_follows_a_broken_item_is_skipped_and_told(tmp_path: Path) -> None:
    found, report = rows(saved(tmp_path / "d.json", '[{"a": 1}, 7, {"a": 2}, {"a": , {"a": 3}]'))
    assert [row for _, row in found] == [{"a": 1}, {"a": 2}]
    assert report.rows == 4
    assert report.skipped.places == {
        "the item is no JSON object": ["item 2"],
        "the list is broken from here to the end of the file": ["item 4"],
    }


@pytest.mark.parametrize("text", ["[", '[{"a": 1}', '[{"a": 1},', '[{"a": 1} {"a": 2}]'])
def test_a_list_that_ends_too_early_is_told(tmp_path: Path, text: str) -> None:
    _, report = rows(saved(tmp_path / "d.json", text))
    assert report.skipped.counts == {"the list is broken from here to the end of the file": 1}


def test_an_empty_list_has_no_rows(tmp_path: Path) -> None:
    assert rows(saved(tmp_path / "d.json", " [ ] "))[0] == []


@pytest.mark.parametrize("text", ['{"a": 1}', "", "null"])
def test_json_that_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="must be a JSON list of objects, or JSON lines"):
        rows(saved(tmp_path / "d.json", text))


def test_a_line_without_an_end_costs_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tables, "LONGEST", 20)
    found, report = rows(saved(tmp_path / "d.jsonl", '{"a": 1}\n{"a": "' + "x" * 999 + '"}\n\n{"a": 2}\n'))
    assert found == [("line 1", {"a": 1}), ("line 4", {"a": 2})]
    assert report.skipped.places == {"the line is too long": ["line 2"]}


def test_a_field_that_is_too_long_is_skipped_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tables, "LONGEST", 20)
    found, report = rows(saved(tmp_path / "d.csv", "a,b\n1,2\n" + "x" * 99 + ",2\n3,4\n"))
    assert [row for _, row in found] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert report.skipped.total == 1


def test_deeply_nested_json_is_a_bad_line(tmp_path: Path) -> None:
    found, report = rows(saved(tmp_path / "d.jsonl", "[" * 200_000 + "\n" + '{"a": 1}\n'))
    assert [row for _, row in found] == [{"a": 1}]
    assert report.skipped.counts == {"the line is not JSON": 1}


def test_a_mark_at_the_start_and_broken_characters_are_taken(tmp_path: Path) -> None:
    found, _ = rows(saved(tmp_path / "d.csv", b"\xef\xbb\xbfname,b\r\ncaf\xff,2\r\n"))
    assert found == [("line 2", {"name": "caf\ufffd", "b": "2"})]


def test_a_quoted_field_may_hold_lines(tmp_path: Path) -> None:
    found, _ = rows(saved(tmp_path / "d.csv", 'a,b\n"x\ny",2\n'))
    assert found == [("line 3", {"a": "x\ny", "b": "2"})]


def test_parquet_is_read_in_batches_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tables, "BATCH", 7)
    pl.DataFrame({"n": range(100), "deep": [[{"x": i}] for i in range(100)]}).write_parquet(tmp_path / "d.parquet")
    found, report = rows(tmp_path / "d.parquet")
    assert [row["n"] for _, row in found] == list(range(100))
    assert found[41] == ("row 42", {"n": 41, "deep": [{"x": 41}]})
    assert report.rows == 100


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("d.parquet", b"not parquet", "cannot be read as Parquet"),
        ("d.csv", b"", "is empty"),
        ("d.xlsx", b"", "must end in .csv"),
        ("d.jsonl.gz", b"not gzip", "cannot be read"),
        ("d.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9999)[:-30], "cannot be read"),
        ("d.pkl.gz", b"", "a pickle"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rows(saved(tmp_path / name, body))
