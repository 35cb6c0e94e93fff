"""What DuckDB gives, as values JSON has: times as ISO 8601 text, JSON columns opened, no NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_SIMPLE = {"VARCHAR", "BIGINT", "INTEGER", "BOOLEAN", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER"}


def plain_rows(kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """`kinds` are DuckDB's names of the columns' types."""
    makers = [_maker(kind) for kind in kinds]
    return [[value if make is None else make(value) for make, value in zip(makers, row, strict=True)] for row in rows]


def _maker(kind: str) -> Callable[[Any], Any] | None:
    if kind in _SIMPLE:
        return None
    return _opened if kind == "JSON" else plain


def _opened(value: Any) -> Any:
    return None if value is None else json.loads(value)


def plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return float(value)
        case bytes():
            return value.hex()
        case UUID():
            return str(value)
        case dict():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple() | set():
            return [plain(v) for v in value]
    return str(value)
