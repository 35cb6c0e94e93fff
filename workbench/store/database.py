"""The DuckDB file: one connection that writes, cursors that read. No other module opens it.

It is opened without access to other files, extensions or Python's variables, and its configuration is locked: no SQL,
whoever wrote it, reaches past the tables. Readers run in read-only transactions, which also stop writes that hide in a
SELECT (`with w as (insert ...) select ...`).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput, StoreError

from .plain import plain_rows
from .schema import describe, migrate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

READERS = 8
CHUNK = 1_000
"""Rows fetched at a time."""
_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
}


class Selection:
    """The answer to a query while it is read: column names, then rows in chunks, in values that JSON has."""

    def __init__(self, columns: Sequence[str], chunks: Iterator[list[list[Any]]]) -> None:
        self.columns = _distinct(columns)
        self.chunks = chunks

    def rows(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for chunk in self.chunks for row in chunk]


def _distinct(names: Sequence[str]) -> list[str]:
    """`select a.id, b.id` gives a column `id` and one `id_2`: rows are told by name, and none may be lost."""
    found: dict[str, None] = {}
    for name in names:
        free = (f"{name}_{n}" for n in itertools.count(2))
        found[name if name not in found else next(other for other in free if other not in found)] = None
    return list(found)


class Database:
    def __init__(self, path: Path) -> None:
        """Open or create, and migrate. Raises StoreError, changing nothing, for a file that is corrupt or newer."""
        self.path = path
        self._seats = threading.BoundedSemaphore(READERS)
        self._connection = self._connect()
        self.tables = describe(self._connection)

    def _connect(self) -> DuckDBPyConnection:
        import duckdb

        try:
            connection = duckdb.connect(str(self.path), config=_CONFIG)
        except duckdb.Error as error:
            raise _unopened(self.path, error) from None
        try:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set lock_configuration = true")
            migrate(connection)
        except duckdb.Error as error:
            connection.close()
            raise _unopened(self.path, error) from None
        except StoreError:
            connection.close()
            raise
        return connection

    @contextmanager
    def transaction(self) -> Iterator[DuckDBPyConnection]:
        """All or nothing; for the one thread that writes. DuckDB's errors pass through."""
        import duckdb

        self._connection.execute("begin")
        try:
            yield self._connection
            self._connection.execute("commit")
        except BaseException:
            with suppress(duckdb.Error):  # a failed commit has rolled back already
                self._connection.execute("rollback")
            raise

    def reopen(self) -> None:
        """After an error that DuckDB does not go on from. Readers under way end with an error of their own."""
        self._connection.close()
        self._connection = self._connect()

    @contextmanager
    def select(
        self, sql: str, params: Sequence[Any] = (), timeout_s: float = 30.0, limit: int | None = None
    ) -> Iterator[Selection]:
        """One read-only statement. The timeout counts from the call to the last row; `limit` cuts the rows off.

        Raises BadInput for SQL that is wrong, writes or takes too long, StoreError when the database fails.
        """
        import duckdb

        checked(sql)
        if not self._seats.acquire(timeout=timeout_s):
            raise StoreError(f"{READERS} queries are running already and none ended within {timeout_s:g} s: try again")
        try:
            with self._cursor() as cursor, _interrupted(cursor, timeout_s):
                cursor.execute("begin transaction read only")
                cursor.execute(sql, list(params))
                columns = [d[0] for d in cursor.description or []]
                yield Selection(columns, _chunks(cursor, limit))
        except duckdb.Error as error:
            raise _unread(error, timeout_s) from None
        finally:
            self._seats.release()

    @contextmanager
    def _cursor(self) -> Iterator[DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def close(self) -> None:
        self._connection.close()


def checked(sql: str) -> None:
    """Raises BadInput unless this is one statement that reads."""
    import duckdb

    try:
        sql.encode()  # DuckDB reports text that UTF-8 cannot carry as a wrong type
        statements = duckdb.extract_statements(sql)
    except (duckdb.Error, UnicodeEncodeError) as error:
        raise BadInput(f"this SQL cannot be read: {error}") from None
    if len(statements) != 1:
        raise BadInput(f"one statement at a time, not {len(statements)}")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        kind = statements[0].type.name
        raise BadInput(f"the store is read-only here: select, show, describe and explain work, {kind} does not")


@contextmanager
def _interrupted(cursor: DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    timer = threading.Timer(timeout_s, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _chunks(cursor: DuckDBPyConnection, limit: int | None) -> Iterator[list[list[Any]]]:
    kinds = [str(d[1]) for d in cursor.description or []]
    left = limit
    while left is None or left > 0:
        rows = cursor.fetchmany(CHUNK if left is None else min(CHUNK, left))
        if not rows:
            return
        yield plain_rows(kinds, rows)
        left = None if left is None else left - len(rows)


def _unread(error: Exception, timeout_s: float) -> Exception:
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return BadInput(f"the query was stopped after {timeout_s:g} s: narrow it down, or allow it more time")
    if isinstance(error, duckdb.TransactionException) and "read-only" in str(error):
        return BadInput("the store is read-only here: this statement writes")
    if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.InternalException):
        return StoreError(f"the database cannot be read: {error}")
    return BadInput(f"this query fails: {error}")


def _unopened(path: Path, error: Exception) -> StoreError:
    text = str(error)
    if "lock" in text.lower():
        return StoreError(f"{path} is open in another program: close it and try again ({text})")
    if "newer" in text or "version number" in text:
        return StoreError(
            f"{path} was written by a newer DuckDB: upgrade routing-workbench. Nothing was changed ({text})"
        )
    return StoreError(
        f"{path} cannot be opened: {text}. If the disk is full or its permissions are wrong, mend that. If the file is "
        f"damaged, move it (and {path.name}.wal) aside and start again: the journal beside it rebuilds it. "
        "Nothing was deleted"
    )
