"""The process that owns the database, and its loopback service: other processes of the same user read through it.

One process owns the store: whoever holds the lock on `store.lock` (the system lets go of it when a process ends, however
it ends). `owner.json`, readable by its user alone, says where the owner listens and which token it wants.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from workbench.errors import StoreError, WorkbenchError

from .database import Database, Selection
from .ingest import Ingest
from .schema import Table
from .wire import MAX_MESSAGE, Wire, accept, listen

ADDRESS = "owner.json"
PEERS = 32
"""Connections served at once; more wait."""
PATIENCE_S = 10.0


class Lock:
    """The right to own a store; held until released or until the process ends."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """None when another process (or another store of this one) holds it."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return cls(handle)

    def release(self) -> None:
        os.close(self._handle)


class Owner:
    """Reads from the database itself."""

    def __init__(self, home: Path, journal: Path, lock: Lock) -> None:
        """Open, take in what the journals hold, listen. Raises StoreError, having let go of the lock."""
        self._home = home
        self._lock = lock
        self._database: Database | None = None
        try:
            self._database = Database(home / "workbench.duckdb")
            self._ingest = Ingest(self._database, journal)
            self._ingest.start()
            self._service = Service(self, home / ADDRESS)
        except BaseException:
            if self._database:
                self._database.close()
            lock.release()
            raise
        self.tables: dict[str, Table] = self._database.tables

    def notice(self) -> None:
        self._ingest.notice()

    @contextmanager
    def select(self, sql: str, params: Sequence[Any], timeout_s: float, limit: int | None) -> Iterator[Selection]:
        if self._database is None:
            raise StoreError("the store is closed")
        self._ingest.wait(timeout_s)
        with self._database.select(sql, params, timeout_s, limit) as selection:
            yield selection

    def close(self) -> None:
        self._service.close()
        self._ingest.close()
        if self._database:
            self._database.close()
        self._database = None
        self._lock.release()


class Service:
    """A thread that accepts, and one for every process that reads."""

    def __init__(self, owner: Owner, address: Path) -> None:
        self._owner = owner
        self._address = address
        self._token = secrets.token_bytes(32)
        self._socket = listen()
        self._seats = threading.BoundedSemaphore(PEERS)
        _write_private(address, {"port": self._socket.getsockname()[1], "token": self._token.hex(), "pid": os.getpid()})
        threading.Thread(target=self._accept, name="store-service", daemon=True).start()

    def close(self) -> None:
        self._address.unlink(missing_ok=True)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self._seats.acquire()
            threading.Thread(target=self._serve, args=(peer,), name="store-reader", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            wire = accept(peer, self._token, PATIENCE_S)
            try:
                self._answer(wire, wire.receive())
            finally:
                wire.close()
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            pass  # a stranger, or a reader that went away: nobody is left to be told
        finally:
            self._seats.release()

    def _answer(self, wire: Wire, asked: dict[str, Any]) -> None:
        sql, params = str(asked["sql"]), list(asked["params"])
        try:
            with self._owner.select(sql, params, float(asked["timeout_s"]), asked["limit"]) as found:
                wire.send(orjson.dumps({"columns": found.columns}))
                for chunk in found.chunks:
                    _send_rows(wire, chunk)
            wire.send(orjson.dumps({"end": True}))
        except WorkbenchError as error:
            wire.send(orjson.dumps({"error": str(error), "kind": type(error).__name__}))


def _send_rows(wire: Wire, rows: list[list[Any]]) -> None:
    """In as many messages as their size needs. Raises StoreError for a row that no message holds."""
    body = orjson.dumps({"rows": rows})
    if len(body) <= MAX_MESSAGE:
        wire.send(body)
    elif len(rows) == 1:
        raise StoreError(
            f"a row of {len(body) >> 20} MB is too long to read beside the process that owns the store: "
            "select fewer of its columns, or close the app and try again"
        )
    else:
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            _send_rows(wire, half)


def _write_private(path: Path, body: dict[str, Any]) -> None:
    """Complete and 0600 from its first moment on."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(body))
    draft.replace(path)
