"""A store of the port's shape on DuckDB in memory, holding the tables a mirror reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import duckdb

SCHEMA = """
create table specs(key text, strategy text, params json, pool json, prices json, created_at timestamptz);
create table prompts(key text, text text);
create table experiments(id text, kind text, name text, note text, seed bigint, specs json, settings json,
  created_at timestamptz);
create table battles(id text, comparison_id text, turn int, experiment_id text, prompt_key text, blind bool,
  columns json, created_at timestamptz);
create table runs(id text, battle_id text, experiment_id text, letter text, spec_key text, prompt_key text, strategy text,
  model text, label text, category text, text text, tokens_in int, tokens_out int, cost_usd double, nominal bool,
  latency_s double, ttft_s double, error text, created_at timestamptz);
create table decisions(run_id text, n int, model text, why text, scores json, propensity double);
create table votes(id text, battle_id text, comparison_id text, experiment_id text, kind text, choice text, winners json,
  losers json, tags json, comment text, created_at timestamptz);
create table synced(kind text, id text, destination text, run text, created_at timestamptz);
create view open_runs as select r.* from runs r left join battles b on b.id = r.battle_id
  where b.id is null or not b.blind or exists (select 1 from votes v where v.comparison_id = b.comparison_id);
"""


class PlainStore:
    def __init__(self) -> None:
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        self._db.execute(SCHEMA)

    async def append(self, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for table, row in rows:
            values = [json.dumps(v) if isinstance(v, (dict, list)) else v for v in row.values()]
            marks = ", ".join("?" * len(values))
            self._db.execute(f"insert into {table}({', '.join(row)}) values ({marks})", values)
        await asyncio.sleep(0)

    async def read(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        found = self._db.execute(sql, list(params))
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def close(self) -> None:
        self._db.close()
