"""Takes the journals' records into the database, each exactly once: the one thread that writes it.

A pass reads every segment from where the last one ended and commits rows and new positions together. Passes gather for
a moment under load and run at once when a reader waits. A record that is damaged, or that no table takes, is counted,
logged and left in its segment; one from a newer version holds its segment until a version that knows it owns the store.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.errors import StoreError

from .database import Database
from .journal import lines, segments
from .record import Damaged, Record, UnknownShape, unpack
from .schema import Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

POLL_S = 0.5
"""Longest that another process's rows go unseen when nobody asks for them."""
GATHER_S = 0.5
"""How long rows nobody asks for wait for company: a pass costs the same few milliseconds for one row and for hundreds."""
RETRY_S = 1.0
BATCH_BYTES = 8 << 20
log = logging.getLogger(__name__)


class Entry(NamedTuple):
    segment: str
    position: int
    record: Record


@dataclass(slots=True)
class Batch:
    """Some records and where their segments end after them."""

    entries: list[Entry] = field(default_factory=list)
    position: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


class Ingest:
    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._inserts = {name: _insert(table) for name, table in database.tables.items()}
        self._position: dict[str, int] = {}
        self._held: set[str] = set()
        self._change = threading.Condition()
        self._asked = 0
        self._answered = 0
        self._fresh = False
        self._closed = False
        self._trouble: StoreError | None = None
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)

    def start(self) -> None:
        """Take in all there is, then go on in the background. Raises StoreError."""
        with self._database.select("select segment, position from ingested") as found:
            self._position = {row["segment"]: row["position"] for row in found.rows()}
        self._pass()
        self._thread.start()

    def notice(self) -> None:
        """Something was appended: take it in soon."""
        with self._change:
            self._fresh = True
            self._change.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Until all that was durable at the call can be read. Raises StoreError with the reason when it cannot be."""
        with self._change:
            self._asked += 1
            ticket = self._asked
            self._change.notify_all()
            if not self._change.wait_for(lambda: self._answered >= ticket or self._closed, timeout_s):
                raise StoreError(f"the database has not caught up within {timeout_s:g} s: try again")
            if self._trouble:
                raise self._trouble

    def close(self) -> None:
        """After a last pass."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while self._waited():
            with self._change:
                ticket, self._fresh = self._asked, False
            self._try()
            with self._change:
                self._answered = ticket
                self._change.notify_all()
        self._try()

    def _waited(self) -> bool:
        """Until there is a reason for a pass; False when it is over."""
        with self._change:
            self._change.wait_for(lambda: self._urgent() or self._fresh, POLL_S)
            if self._fresh:
                self._change.wait_for(self._urgent, GATHER_S if self._trouble is None else RETRY_S)
            return not self._closed

    def _urgent(self) -> bool:
        return self._closed or self._asked > self._answered

    def _try(self) -> None:
        try:
            self._pass()
        except (
            Exception
        ) as error:  # whatever it is: a thread that died would leave every reader waiting without a reason
            self._failed(error)
        else:
            self._trouble = None

    def _failed(self, error: Exception) -> None:
        import duckdb

        if self._trouble is None:
            log.error("the database cannot take in the journal: %s", error, exc_info=error)
        self._trouble = StoreError(
            f"the database cannot be written ({error}). What was saved is safe in {self._folder} and is taken in when "
            "this is mended: is the disk full?"
        )
        if isinstance(error, duckdb.FatalException | duckdb.InternalException):
            try:
                self._database.reopen()
            except StoreError as again:
                self._trouble = again

    def _pass(self) -> None:
        while (batch := self._read()).position:
            self._commit(batch)
            self._position.update(batch.position)

    def _read(self) -> Batch:
        batch, size = Batch(), 0
        for name, length in segments(self._folder).items():
            start = self._position.get(name, 0)
            if length > start and name not in self._held:
                size += self._read_segment(batch, name, start)
            if size >= BATCH_BYTES:
                break
        return batch

    def _read_segment(self, batch: Batch, name: str, start: int) -> int:
        found, end = lines(self._folder / name, start, BATCH_BYTES)
        position = start
        for line in found:
            try:
                batch.entries.append(Entry(name, position, unpack(self._database.tables, line)))
            except UnknownShape as error:
                self._held.add(name)
                log.warning("%s holds records of a newer version and waits for it: %s", name, error)
                end = position
                break
            except (StoreError, Damaged) as error:
                self._refuse(batch, name, position, error)
            position += len(line) + 1
        if end > start:
            batch.position[name] = end
        return end - start

    def _refuse(self, batch: Batch, name: str, position: int, error: Exception) -> None:
        batch.refused[name] = batch.refused.get(name, 0) + 1
        log.warning("a record of %s at byte %d is damaged and was left there: %s", name, position, error)

    def _commit(self, batch: Batch) -> None:
        import duckdb

        try:
            self._write(batch, [entry.record for entry in batch.entries])
        except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError):
            self._write(batch, list(self._accepted(batch)))

    def _accepted(self, batch: Batch) -> Iterator[Record]:
        """Records that the tables take, each tried alone: one bad row must not hold the rest."""
        import duckdb

        for entry in batch.entries:
            try:
                self._write(Batch(), [entry.record])
                yield entry.record
            except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError) as error:
                self._refuse(batch, entry.segment, entry.position, error)

    def _write(self, batch: Batch, records: Sequence[Record]) -> None:
        with self._database.transaction() as connection:
            for table, body in _columnar(records).items():
                connection.execute(self._inserts[table], [body])
            _remember(connection, batch, self._position)


def _columnar(records: Sequence[Record]) -> dict[str, str]:
    """One JSON array of rows a table."""
    bodies: dict[str, list[bytes]] = {}
    for record in records:
        for table, body in record.rows:
            bodies.setdefault(table, []).append(body)
    return {table: f"[{b','.join(rows).decode()}]" for table, rows in bodies.items()}


def _insert(table: Table) -> str:
    """All rows in one parameter: a batch costs one statement, whatever its size. Names are our own, never input."""
    shape = json.dumps([{column.name: column.type for column in table.columns.values()}])
    values = ", ".join(f"x.{name}" for name in table.columns)
    source = f"select unnest(from_json_strict(?::json, '{shape}')) as x"
    return f"insert or ignore into {table.name} select {values} from ({source})"  # noqa: S608 - no word of it is anybody's but ours


def _remember(connection: DuckDBPyConnection, batch: Batch, known: Container[str]) -> None:
    """An update costs a third of an upsert, and nearly every pass only moves on in segments it knows."""
    for name, position in batch.position.items():
        refused = batch.refused.get(name, 0)
        if name in known:
            connection.execute(
                "update ingested set position = ?, refused = refused + ?, updated_at = now() where segment = ?",
                [position, refused, name],
            )
        else:
            connection.execute("insert into ingested values (?, ?, ?, now())", [name, position, refused])
