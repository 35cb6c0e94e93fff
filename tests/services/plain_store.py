"""A store of the port's shape on DuckDB in memory, holding the tables a mirror reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import duckdb

from workbench.store.schema import migrate


class PlainStore:
    def __init__(self) -> None:
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        migrate(self._db)

    async def append(self, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for table, row in rows:
            values = [json.dumps(v) if isinstance(v, (dict, list)) else v for v in row.values()]
            marks = ", ".join("?" * len(values))
            self._db.execute(f"insert or ignore into {table}({', '.join(row)}) values ({marks})", values)
        await asyncio.sleep(0)

    async def read(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        found = self._db.execute(sql, list(params))
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def close(self) -> None:
        self._db.close()
