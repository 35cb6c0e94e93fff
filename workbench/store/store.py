"""Store: what the rest of the workbench knows of storage. Rows go in and are durable; SQL reads them back.

The first process of a home owns the database; any other journals its rows and reads through the owner, and becomes the
owner when that one has gone. Callers need not know which they are.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workbench.errors import StoreError

from .database import READERS, Selection
from .guest import Guest, OwnerGone
from .ids import Ids
from .journal import Journal
from .owner import Lock, Owner
from .record import Row, pack

TIMEOUT_S = 30.0
ARRIVAL_S = 10.0
"""How long an owner that starts (or rebuilds its database) may take until it answers."""


class Store:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "journal"
        _make(home)
        _make(self._folder)
        self.new_id = Ids()
        """Makes ids for rows: time-ordered text."""
        self._change = threading.Lock()
        self._side: Owner | Guest = self._own() or Guest(home)
        self._journal = Journal(self._folder, self.new_id)
        self._readers = ThreadPoolExecutor(READERS, "store-read")
        self._closed = False

    @property
    def is_owner(self) -> bool:
        return isinstance(self._side, Owner)

    async def append(self, rows: Sequence[Row]) -> None:
        """Keep these rows together or not at all; durable when this returns, and seen by every read after.

        Rows whose key is there already are passed over. Raises StoreError: unknown columns, bad values, a full disk.
        """
        if rows:
            await asyncio.wrap_future(self._journal.submit(pack(self._side.tables, rows).line))
            self._side.notice()

    async def read(self, sql: str, params: Sequence[Any] = (), *, timeout_s: float = TIMEOUT_S) -> list[dict[str, Any]]:
        """One statement that reads, off the event loop. Values are JSON's: times are ISO 8601 text, JSON is opened.

        Raises BadInput for SQL that is wrong, writes or takes longer, StoreError when the store fails.
        """
        if self._closed:
            raise StoreError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._rows, sql, params, timeout_s)

    def _rows(self, sql: str, params: Sequence[Any], timeout_s: float) -> list[dict[str, Any]]:
        with self.select(sql, params, timeout_s=timeout_s) as found:
            return found.rows()

    @contextmanager
    def select(
        self, sql: str, params: Sequence[Any] = (), *, timeout_s: float = TIMEOUT_S, limit: int | None = None
    ) -> Iterator[Selection]:
        """Like `read`, blocking, in chunks as they come: for exports, and for SQL that users write."""
        with ExitStack() as stack:
            yield self._begun(stack, sql, params, timeout_s, limit)

    def _begun(
        self, stack: ExitStack, sql: str, params: Sequence[Any], timeout_s: float, limit: int | None
    ) -> Selection:
        until = time.monotonic() + ARRIVAL_S
        while True:
            try:
                return stack.enter_context(self._side.select(sql, params, timeout_s, limit))
            except OwnerGone as error:
                if not self._succeed() and time.monotonic() > until:
                    raise StoreError(f"{error}: close the other workbench process, or wait until it is ready") from None

    def _succeed(self) -> bool:
        """The owner may have gone, or not be ready: become the owner, or wait a moment."""
        with self._change:
            owner = self._own() if isinstance(self._side, Guest) else self._side
            if owner:
                self._side = owner
                return True
        time.sleep(0.1)
        return False

    def _own(self) -> Owner | None:
        lock = Lock.take(self._home / "store.lock")
        return Owner(self._home, self._folder, lock) if lock else None

    def close(self) -> None:
        """Write what waits, take it in, let go of the files. Once: what it held may be another's by now."""
        if self._closed:
            return
        self._closed = True
        self._journal.close()
        self._readers.shutdown()
        self._side.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(home: Path) -> Store:
    """The store in this folder, made if need be. Raises StoreError: a corrupt or newer database, a folder not writable."""
    return Store(home)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made ({error.strerror}): set WORKBENCH_HOME to a folder you may write to"
        ) from None
