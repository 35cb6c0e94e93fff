"""A record: rows that are kept together or not at all. Checked and encoded once, for the journal and the database alike.

One line of a segment holds one record: eight hex digits of CRC-32, a space, JSON `{"rows": [[table, {column: value}]]}`.
Text that UTF-8 cannot carry (lone surrogates) is stored with U+FFFD in its place; NUL is kept.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from workbench.errors import StoreError

from .schema import INTERNAL, Column, Table

Row = tuple[str, Mapping[str, Any]]
"""(table, {column: value}). JSON columns take values or JSON text; times take aware datetimes or ISO 8601 text."""

_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_WHOLE = range(-(1 << 63), 1 << 63)


def row_of(table: str, value: Any, **more: Any) -> Row:
    """A dataclass's fields as the columns of their names, with `more` beside."""
    return table, {f.name: getattr(value, f.name) for f in fields(value)} | more


class UnknownShape(StoreError):
    """A table or column that this version does not know: perhaps a newer version's."""


class Damaged(ValueError):
    """A line that is not what was written."""


@dataclass(frozen=True, slots=True)
class Record:
    rows: tuple[tuple[str, bytes], ...]
    """(table, the whole row as a JSON object)."""

    @property
    def size(self) -> int:
        return sum(len(body) for _, body in self.rows)

    @property
    def line(self) -> bytes:
        rows = b",".join(b'["%s",%s]' % (table.encode(), body) for table, body in self.rows)
        body = b'{"rows":[%s]}' % rows
        return b"%08x %s\n" % (zlib.crc32(body), body)


def pack(tables: Mapping[str, Table], rows: Sequence[Row]) -> Record:
    """Check rows against the tables, fill in defaults, encode. Raises StoreError naming table and column."""
    return Record(tuple((table, _encoded(_known(tables, table), row)) for table, row in rows))


def unpack(tables: Mapping[str, Table], line: bytes) -> Record:
    """The record of one line without its newline.

    Raises Damaged, UnknownShape when it is a newer version's, StoreError for bad values.
    """
    digits, _, body = line.partition(b" ")
    if digits != b"%08x" % zlib.crc32(body):
        raise Damaged("its checksum does not fit")
    rows = orjson.loads(body)["rows"]
    return Record(tuple((table, _again(_known(tables, table), row)) for table, row in rows))


def _again(table: Table, row: dict[str, Any]) -> bytes:
    """Rows of this very shape were checked when they were written."""
    return orjson.dumps(row) if row.keys() == table.columns.keys() else _encoded(table, row)


def _known(tables: Mapping[str, Table], name: str) -> Table:
    if name in INTERNAL or name not in tables:
        names = ", ".join(n for n in tables if n not in INTERNAL)
        raise UnknownShape(f"no table {name!r} to append to; there are {names}")
    return tables[name]


def _encoded(table: Table, row: Mapping[str, Any]) -> bytes:
    unknown = row.keys() - table.columns.keys()
    if unknown:
        raise UnknownShape(f"table {table.name} has no column {', '.join(sorted(unknown))}")
    filled = {name: _value(table, column, row.get(name)) for name, column in table.columns.items()}
    try:
        return orjson.dumps(filled, option=_JSON)
    except TypeError as error:
        if "surrogates" not in str(error):
            raise StoreError(f"a row of {table.name} cannot be stored as JSON: {error}") from None
        return orjson.dumps(_clean(filled), option=_JSON)


def _value(table: Table, column: Column, value: Any) -> Any:
    if value is None or (column.default is None and _nameless(value)):
        if column.required:
            raise StoreError(f"{table.name}.{column.name} is missing")
        return column.default
    try:
        return _CHECKS[column.type](value)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{table.name}.{column.name} must be {column.type}, not {value!r:.80} ({error})") from None


def _nameless(value: Any) -> bool:
    """NaN and infinities: JSON has no word for them; where a value may be missing, it is."""
    return isinstance(value, float) and not math.isfinite(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _WHOLE:
        raise TypeError("64-bit integer expected")
    return value


def _real(value: Any) -> float:
    number = float(value)
    if isinstance(value, str | bool) or not math.isfinite(number):
        raise TypeError("finite number expected")
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false expected")
    return value


def _time(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise TypeError("a time with its zone expected")
    return moment.isoformat()


def _json(value: Any) -> Any:
    """JSON text is parsed, so that what is no JSON is told to whoever wrote it."""
    return orjson.loads(value) if isinstance(value, str) else value


_CHECKS = {
    "VARCHAR": _text,
    "INTEGER": _whole,
    "BIGINT": _whole,
    "DOUBLE": _real,
    "BOOLEAN": _flag,
    "TIMESTAMP WITH TIME ZONE": _time,
    "JSON": _json,
}


def _clean(value: Any) -> Any:
    """Pairs of surrogates become the character they stand for, lone ones U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, Mapping):
        return {_clean(k): _clean(v) for k, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list | tuple) else value
