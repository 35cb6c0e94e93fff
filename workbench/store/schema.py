"""The shape of the database: brought up to date, described, and printed as the schema page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import StoreError

from .migrations import MIGRATIONS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PAGE = Path(__file__).with_name("SCHEMA.md")
INTERNAL = frozenset({"migrations", "ingested"})
"""Tables of the store's own bookkeeping: nothing is appended to them."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    required: bool
    """NOT NULL, and there is no default."""
    default: Any
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    about: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]


def migrate(connection: DuckDBPyConnection) -> int:
    """Apply what is missing, each step in a transaction of its own; return the version.

    Raises StoreError, having changed nothing, for a database of a newer version.
    """
    version = applied(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the database was written by a newer version (schema {version}; this one knows {len(MIGRATIONS)}): "
            "upgrade routing-workbench, or set WORKBENCH_HOME to another folder. Nothing was changed"
        )
    for number in range(version + 1, len(MIGRATIONS) + 1):
        connection.execute("begin")
        connection.execute(
            "create table if not exists migrations (number integer primary key, name varchar, applied_at timestamptz)"
        )
        step = MIGRATIONS[number - 1]
        step(connection)
        connection.execute("insert into migrations values (?, ?, now())", [number, step.__name__])
        connection.execute("commit")
    return len(MIGRATIONS)


def applied(connection: DuckDBPyConnection) -> int:
    """Number of the last migration; 0 for an empty database."""
    known = connection.execute("select 1 from duckdb_tables() where table_name = 'migrations'").fetchone()
    row = connection.execute("select max(number) from migrations").fetchone() if known else None
    return int(row[0] or 0) if row else 0


def describe(connection: DuckDBPyConnection) -> dict[str, Table]:
    """The tables as the database has them, by name, in the order they were made."""
    columns, keys = _columns(connection), _keys(connection)
    tables = connection.execute("select table_name, comment from duckdb_tables() order by table_oid").fetchall()
    return {name: Table(name, about or "", columns[name], keys.get(name, ())) for name, about in tables}


def _columns(connection: DuckDBPyConnection) -> dict[str, dict[str, Column]]:
    rows = connection.execute(
        "select table_name, column_name, data_type, is_nullable, column_default, comment "
        "from duckdb_columns() where not internal order by table_oid, column_index"
    ).fetchall()
    defaults = _defaults(connection, {row[4] for row in rows if row[4]})
    found: dict[str, dict[str, Column]] = {}
    for table, name, kind, nullable, default, about in rows:
        required = not nullable and default is None
        found.setdefault(table, {})[name] = Column(name, kind, required, defaults.get(default), about or "")
    return found


def _defaults(connection: DuckDBPyConnection, written: set[str]) -> dict[str, Any]:
    """Value by expression. The expressions are our own migrations'."""
    texts = sorted(written)
    row = connection.execute(f"select {', '.join(texts)}").fetchone() if texts else None
    return dict(zip(texts, row or (), strict=True))


def _keys(connection: DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(
        "select table_name, constraint_column_names from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    return {name: tuple(columns) for name, columns in rows}


def today() -> dict[str, Table]:
    """The shape this version writes, without a file: what a process that does not own the database checks rows against."""
    import duckdb

    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        migrate(connection)
        return describe(connection)


def page(connection: DuckDBPyConnection) -> str:
    """The schema as Markdown."""
    views = connection.execute(
        "select view_name, comment from duckdb_views() where not internal order by view_name"
    ).fetchall()
    parts = [
        "# Schema",
        "Generated from the database by `schema.write_page()`; a test keeps it current. "
        f'Version {applied(connection)}. Times are UTC. Read it with `workbench query "select ..."`.',
    ]
    parts += [_section(t) for t in describe(connection).values() if t.name != "migrations"]
    parts += [f"## {name} (view)\n\n{about}\n" for name, about in views]
    return "\n\n".join(parts).rstrip() + "\n"


def _section(table: Table) -> str:
    lines = [f"## {table.name}", "", table.about, "", "| column | type | | |", "| --- | --- | --- | --- |"]
    for c in table.columns.values():
        mark = "key" if c.name in table.key else "" if c.required or c.default is not None else "may be NULL"
        lines.append(f"| `{c.name}` | {c.type} | {mark} | {c.about} |")
    return "\n".join(lines)


def write_page() -> None:
    """Bring SCHEMA.md up to date."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        migrate(connection)
        PAGE.write_text(page(connection), encoding="utf-8")
