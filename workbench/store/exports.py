"""Runs and votes as CSV, JSON lines or Parquet, streamed. Sealed battles stay out, filters are History's.

CSV goes into spreadsheets: a cell whose text would be read as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import orjson

from workbench.errors import BadInput

from .database import Selection
from .history import FROM, VERDICT, Filter, condition

MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
TIMEOUT_S = 600.0
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Selects(Protocol):
    def select(
        self, sql: str, params: Sequence[Any] = (), *, timeout_s: float = ..., limit: int | None = None
    ) -> AbstractContextManager[Selection]: ...


_RUNS = f"""
select r.id, r.created_at, b.comparison_id, b.turn, r.battle_id, r.experiment_id, r.letter, r.strategy, r.model, r.label,
  r.category, p.text as prompt, r.text as answer, r.tokens_in, r.tokens_out, r.cost_usd, r.nominal, r.latency_s, r.ttft_s,
  r.error, r.error_kind, r.shared, r.source, {VERDICT} as vote, r.spec_key,
  s.params::varchar as params, d.why, d.propensity, d.scores::varchar as scores
{FROM} left join specs s on s.key = r.spec_key
left join (select run_id, max_by(why, n) as why, max_by(propensity, n) as propensity, max_by(scores, n) as scores
           from decisions group by run_id) d on d.run_id = r.id
where {{where}} order by r.created_at, r.id
"""  # noqa: S608 - no word of it is anybody's but ours
_VOTES = """
select v.id, v.created_at, v.comparison_id, v.battle_id, v.experiment_id, v.kind, v.choice, v.blind, v.comment, v.voter,
  v.winners::varchar as winners, v.losers::varchar as losers, v.tags::varchar as tags
from votes v where v.battle_id in (select r.battle_id from open_runs r left join prompts p on p.key = r.prompt_key
                                   where {where}) order by v.created_at, v.id
"""


def query(what: str, wanted: Filter) -> tuple[str, list[Any]]:
    """SQL and parameters of an export. Raises BadInput when `what` is neither runs nor votes."""
    if what not in ("runs", "votes"):
        raise BadInput(f"runs and votes can be exported, not {what!r}")
    where, params = condition(wanted)
    return (_RUNS if what == "runs" else _VOTES).format(where=where), params


def lines(store: Selects, what: str, form: str, wanted: Filter) -> Iterator[bytes]:
    """The export in pieces as they are read; for `csv` and `jsonl`. Blocking: run it in a thread."""
    if form not in ("csv", "jsonl"):
        raise BadInput(f"exports are csv, jsonl or parquet, not {form!r}")
    sql, params = query(what, wanted)
    with store.select(sql, params, timeout_s=TIMEOUT_S) as found:
        yield from _csv(found) if form == "csv" else _jsonl(found)


def write(store: Selects, what: str, form: str, wanted: Filter, path: Path) -> int:
    """The export as a file; its rows are counted. Parquet is written here only: its index comes last."""
    if form == "parquet":
        return _parquet(store, what, wanted, path)
    count = 0
    with path.open("wb") as file:
        for piece in lines(store, what, form, wanted):
            file.write(piece)
            count += 1
    return count - (form == "csv")


def _csv(found: Selection) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _csv_line(found.columns)  # spreadsheets take UTF-8 for what it is only with a mark
    for chunk in found.chunks:
        for row in chunk:
            yield _csv_line([_cell(value) for value in row])


def _csv_line(values: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _jsonl(found: Selection) -> Iterator[bytes]:
    for chunk in found.chunks:
        for row in chunk:
            yield orjson.dumps(dict(zip(found.columns, row, strict=True))) + b"\n"


_TYPES = {
    "turn": "Int64",
    "tokens_in": "Int64",
    "tokens_out": "Int64",
    "cost_usd": "Float64",
    "latency_s": "Float64",
    "ttft_s": "Float64",
    "propensity": "Float64",
    "nominal": "Boolean",
    "shared": "Boolean",
    "blind": "Boolean",
}


def _parquet(store: Selects, what: str, wanted: Filter, path: Path) -> int:
    import polars as pl
    from polars.io.plugins import register_io_source

    sql, params = query(what, wanted)
    count = 0
    with store.select(sql, params, timeout_s=TIMEOUT_S) as found:
        schema = pl.Schema({name: getattr(pl, _TYPES.get(name, "String")) for name in found.columns})

        def frames(*_: Any) -> Iterator[pl.DataFrame]:
            nonlocal count
            for chunk in found.chunks:
                count += len(chunk)
                yield pl.DataFrame(chunk, schema=schema, orient="row")

        source = register_io_source(frames, schema=schema)
        source.with_columns(pl.col("created_at").str.to_datetime(time_zone="UTC")).sink_parquet(path)
    return count
