import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.store.record import Damaged, UnknownShape, pack, unpack
from workbench.store.schema import today

from .rows import vote

TABLES = today()


def body(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pack(TABLES, [vote("v", **changes)]).rows[0][1])
    return found


def test_a_packed_row_is_whole() -> None:
    assert body().keys() == TABLES["votes"].columns.keys()
    assert body()["comment"] == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": 1}, "no column colour"),
        ({"choice": 5}, r"votes\.choice must be VARCHAR, not 5"),
        ({"blind": 1}, r"votes\.blind must be BOOLEAN"),
        ({"battle_id": None}, r"votes\.battle_id is missing"),
        ({"created_at": datetime(2026, 1, 1)}, "with its zone"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"tags": "not json"}, r"votes\.tags must be JSON"),
        ({"tags": object()}, "cannot be stored as JSON"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(StoreError, match=said):
        body(**changes)


@pytest.mark.parametrize("table", ["nothing", "ingested", "migrations", "votes; drop table votes"])
def test_only_known_tables_take_rows(table: str) -> None:
    with pytest.raises(UnknownShape, match="no table"):
        pack(TABLES, [(table, {})])


def test_numbers_that_json_cannot_write_are_missing_where_they_may_be() -> None:
    row = {"run_id": "r", "n": 0, "id": "c", "key": "k", "model": "m", "role": "answer", "params": {}}
    packed = json.loads(pack(TABLES, [("calls", {**row, "logprob": float("-inf")})]).rows[0][1])
    assert packed["logprob"] is None
    with pytest.raises(StoreError, match="finite"):
        pack(TABLES, [("calls", {**row, "cost_usd": float("nan")})])
    with pytest.raises(StoreError, match="64-bit"):
        pack(TABLES, [("calls", {**row, "tokens_in": 1 << 63})])


def test_surrogates_are_joined_or_replaced_and_nul_is_kept() -> None:
    assert body(comment="a\ud83d\ude00b\ud800c\x00d")["comment"] == "a😀b\ufffdc\x00d"
    assert body(tags=["\udfff"])["tags"] == ["\ufffd"]


def test_a_damaged_line_is_told_from_a_whole_one() -> None:
    line = pack(TABLES, [vote("v")]).line[:-1]
    assert unpack(TABLES, line).rows[0][0] == "votes"
    for broken in (line[:-1], line.replace(b'"A"', b'"B"'), b"", b"garbage", line[1:]):
        with pytest.raises(Damaged):
            unpack(TABLES, broken)


text = st.text(st.characters(codec="utf-8"), max_size=50)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(text, st.lists(values, max_size=3)), min_size=1, max_size=4))
def test_a_line_gives_back_the_rows_that_made_it(given: list[tuple[str, list[Any]]]) -> None:
    record = pack(TABLES, [vote(f"{n}", comment=words, tags=tags) for n, (words, tags) in enumerate(given)])
    assert record.line.count(b"\n") == 1
    again = unpack(TABLES, record.line[:-1])
    found = [json.loads(row) for _, row in again.rows]
    assert [(row["comment"], row["tags"]) for row in found] == given
