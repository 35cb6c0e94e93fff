"""The journal: what is acknowledged is here first, fsynced; the database is an index of it that can be rebuilt.

Every process, the owner of the database too, appends records to segment files of its own, named by uuid7 and never
written by anybody else. Why the owner does not write the database alone: a segment's fsync costs .2 ms where a DuckDB
commit of one vote costs 5 to 10 (more while readers keep the cores busy), so a vote is acknowledged after the fsync and
the database follows, batched, at a pace it likes; readers wait for what was acknowledged before they asked (ingest.py).
The price is each byte written twice. What it buys: one write path for all processes, exactly-once by position (kept in
the database, in the transaction that takes the rows in), and a durable mirror: unique, append-only, rebuildable.

A write that fails leaves its segment for good: the next record opens a new one, so a torn line is always a segment's
last. A caller whose append failed may append the same rows again: equal keys are kept once.
"""

from __future__ import annotations

import os
import queue
import threading
from concurrent.futures import Future
from pathlib import Path

from workbench.errors import StoreError

from .ids import Ids

SUFFIX = ".jsonl"
ROTATE_BYTES = 16 << 20
MAX_WAITING = 10_000
MAX_GROUP = 1_000
_END = None


class Segment:
    """One file being written. Durable when `write` returns."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.size = 0
        self._file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            _sync_folder(folder)
        except OSError:
            os.close(self._file)
            raise

    def write(self, lines: bytes) -> None:
        left = memoryview(lines)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self.size += len(lines)

    def close(self) -> None:
        os.close(self._file)


def _sync_folder(folder: Path) -> None:
    """A new file's name is durable only with its folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


Waiting = tuple[bytes, "Future[None]"]


class Journal:
    """Appends from any thread, written by one; those that wait together share an fsync, nobody waits for company."""

    def __init__(self, folder: Path, ids: Ids) -> None:
        self._folder = folder
        self._ids = ids
        self._queue: queue.Queue[Waiting | None] = queue.Queue(MAX_WAITING)
        self._segment: Segment | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, line: bytes) -> Future[None]:
        """Resolves when the line is durable; fails with a StoreError that says why it is not."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # a caller that goes away does not take its rows along
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            self._start()
            try:
                self._queue.put_nowait((line, done))
            except queue.Full:
                raise StoreError(f"{MAX_WAITING} writes wait for the disk already: it cannot keep up") from None
        return done

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(_END)
            thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (first := self._queue.get()) is not _END:
            group, ended = self._gather(first)
            self._write(group)
            if ended:
                break
        self._leave()

    def _gather(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """What waits already, in order; and whether the end was among it."""
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is _END:
                return group, True
            group.append(item)
        return group, False

    def _write(self, group: list[Waiting]) -> None:
        try:
            self._open().write(b"".join(line for line, _ in group))
        except OSError as error:
            self._leave()
            self._write_alone(group, error)
            return
        for _, done in group:
            done.set_result(None)

    def _write_alone(self, group: list[Waiting], error: OSError) -> None:
        """One by one: a huge record that the disk has no room for does not fail the small ones."""
        if len(group) == 1:
            group[0][1].set_exception(self._explained(error))
            return
        for item in group:
            self._write([item])

    def _explained(self, error: OSError) -> StoreError:
        return StoreError(
            f"not saved: {self._folder} cannot be written ({error.strerror or error}). "
            "Free some space or mend its permissions, then try again; what was saved before is safe"
        )

    def _open(self) -> Segment:
        if self._segment and self._segment.size >= ROTATE_BYTES:
            self._leave()
        if self._segment is None:
            self._segment = Segment(self._folder, self._ids() + SUFFIX)
        return self._segment

    def _leave(self) -> None:
        if self._segment:
            self._segment.close()
        self._segment = None


def segments(folder: Path) -> dict[str, int]:
    """Size in bytes of every segment by name, oldest first."""
    with os.scandir(folder) as entries:
        found = {entry.name: entry.stat().st_size for entry in entries if entry.name.endswith(SUFFIX)}
    return dict(sorted(found.items()))


def lines(path: Path, start: int, most: int) -> tuple[list[bytes], int]:
    """Whole lines from a position on, about `most` bytes of them (at least one), and the position after them.

    A torn last line is not there yet.
    """
    with path.open("rb") as file:
        file.seek(start)
        body = file.read(most)
        while b"\n" not in body and (more := file.read(most)):
            body += more
    end = body.rfind(b"\n") + 1
    return body[: max(0, end - 1)].split(b"\n") if end else [], start + end
