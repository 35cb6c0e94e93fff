"""The long form of outcomes comes in as it is."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.importers.reading import SAMPLES, picked, read


def test_a_row_is_an_outcome_and_an_empty_quality_is_not_scored() -> None:
    rows, _ = read("long", SAMPLES / "long.csv")
    assert picked(rows, "query_id", "model", "quality", "cost_usd", "latency_ms", "confidence") == [
        ("q1", "small", 1.0, 0.0001, 120.5, -0.2),
        ("q1", "big", 1.0, 0.01, 900.0, None),
        ("q2", "small", 0.5, 0.0001, 110.0, -1.5),
        ("q2", "big", None, 0.01, 800.0, None),
        ("q3", "big", 1.0, 0.01, None, None),
    ]
    assert rows[2]["prompt"] == 'Translate "cheese".'
    assert rows[0]["prompt_tokens"] == 12


def test_what_is_skipped_or_changed_is_told() -> None:
    _, report = read("long", SAMPLES / "long.csv")
    assert (report.rows, report.read, report.kept) == (10, 10, 5)
    assert report.skipped.places == {
        "quality is no number from 0 to 1": ["line 6, small"],
        "cost is no number of 0 or more": ["line 7, big"],
        "no query_id": ["line 9, big"],
        "a second outcome of the same model for the same query": ["line 10, small"],
        "the row has more or fewer fields than the first line": ["line 11"],
    }
    assert report.mended.places == {"latency_ms is no number and was left empty": ["line 8, big"]}


def test_csv_json_lines_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    """Also packed by gzip."""
    import gzip

    frame = pl.DataFrame(
        {"query_id": ["a", "b"], "prompt": ["Hi, there", "Ho"], "model": ["m", "m"], "quality": [0.25, 1.0]}
    )
    frame.write_csv(tmp_path / "d.csv")
    frame.write_ndjson(tmp_path / "d.jsonl")
    frame.write_parquet(tmp_path / "d.parquet")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress((tmp_path / "d.csv").read_bytes()))
    (tmp_path / "d.json").write_text(str(frame.to_dicts()).replace("'", '"'), encoding="utf-8")
    found = [read("long", tmp_path / f"d.{end}")[0] for end in ("csv", "jsonl", "parquet", "csv.gz", "json")]
    assert found == [found[0]] * 5
    assert picked(found[0], "query_id", "quality", "cost_usd", "cost_basis") == [
        ("a", 0.25, 0.0, "not stated"),
        ("b", 1.0, 0.0, "not stated"),
    ]


def test_a_query_has_one_prompt(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("query_id,prompt,model,quality\nq,One,a,1\nq,Another,b,1\nq,One,c,1\n", encoding="utf-8")
    rows, report = read("long", file)
    assert picked(rows, "model") == [("a",), ("c",)]
    assert report.skipped.places == {"another prompt than the first outcome of this query has": ["line 3, b"]}
