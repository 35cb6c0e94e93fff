import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.errors import BadInput
from workbench.store import Store, open_store
from workbench.store.exports import lines, write
from workbench.store.history import Filter
from workbench.store.runs import Origin, run_rows

from .battles import ballot, comparison
from .rows import SPEC, later, prompt, run

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\n=1"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_store(tmp_path_factory.mktemp("exports")) as opened:
        rows = [*comparison("sealed"), *comparison("voted"), ballot("voted-0")]
        for n, text in enumerate(FORMULAS):
            asked = prompt(f"question {n}")
            rows += run_rows(f"f{n}", run(text, "small", asked), SPEC, asked, Origin("ask"), later(1 + n))
        asyncio.run(opened.append(rows))
        yield opened


def exported(store: Store, what: str, form: str, **wanted: str) -> bytes:
    return b"".join(lines(store, what, form, Filter.parse(wanted)))


def test_csv_carries_no_formula(store: Store) -> None:
    text = exported(store, "runs", "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2 + len(FORMULAS)
    assert [row["answer"] for row in rows[2:]] == [f"'{text}" for text in FORMULAS]
    assert rows[0]["answer"] == "hello from A"
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_json_lines_carry_text_as_it_is_and_numbers_as_numbers(store: Store) -> None:
    rows = [json.loads(line) for line in exported(store, "runs", "jsonl").splitlines()]
    assert [row["answer"] for row in rows[2:]] == FORMULAS
    assert rows[0]["cost_usd"] == 0.01
    assert (rows[0]["vote"], rows[1]["vote"], rows[2]["vote"]) == ("won", "lost", "")
    assert json.loads(rows[0]["scores"]) == {"small": 0.9, "large": 0.1}


def test_parquet_has_types_and_every_row(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "runs.parquet"
    assert write(store, "runs", "parquet", Filter(), path) == 10
    frame = pl.read_parquet(path)
    assert frame["created_at"].dtype == pl.Datetime("us", "UTC")
    assert frame["cost_usd"].dtype == pl.Float64
    assert frame["tokens_in"].to_list() == [3] * 10
    assert frame["answer"].to_list()[2:] == FORMULAS


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_nothing_found_is_a_file_without_rows(store: Store, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"runs.{form}"
    assert write(store, "runs", form, Filter(text="nowhere"), path) == 0
    if form == "parquet":
        assert pl.read_parquet(path).height == 0


def test_exports_take_the_filters_of_history(store: Store, tmp_path: Path) -> None:
    assert write(store, "runs", "jsonl", Filter(strategy="cascade"), tmp_path / "a") == 1
    assert write(store, "runs", "csv", Filter.parse({"since": "2026-11-21"}), tmp_path / "b") == 0


@pytest.mark.parametrize("what", ["runs", "votes"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_sealed_battles_stay_out(store: Store, what: str, form: str) -> None:
    assert b"sealed" not in exported(store, what, form)


def test_votes_are_exported(store: Store, tmp_path: Path) -> None:
    (row,) = [json.loads(line) for line in exported(store, "votes", "jsonl").splitlines()]
    assert (row["choice"], row["winners"], row["tags"]) == ("A", '["voted-0-A"]', '["clear"]')
    assert write(store, "votes", "parquet", Filter(), tmp_path / "v.parquet") == 1


@pytest.mark.parametrize(("what", "form"), [("secrets", "csv"), ("runs", "xlsx"), ("votes; drop table runs", "csv")])
def test_an_unknown_export_is_refused(store: Store, what: str, form: str) -> None:
    with pytest.raises(BadInput, match="export"):
        exported(store, what, form)
