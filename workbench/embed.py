"""Prompts as vectors: the Embedder port, MiniLM behind it, and a cache on disk by content."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .minilm import CHARACTERS, MiniLM

Vectors = NDArray[np.float32]
"""(n, dim), rows of length 1."""
SENTENCE = "sentence-transformers "
"""Begins the names of embedders that are chosen by WORKBENCH_EMBEDDER."""
RECENT = 4096
"""Vectors kept in memory."""
ASKED_AT_ONCE = 500
"""Keys in one SQL statement."""
MADE_AT_ONCE = 256
"""Texts embedded before they are kept: so many are lost when it is interrupted."""
Told = Callable[[int, int], None]
"""Texts embedded so far, of how many that were not known."""


def untold(done: int, total: int) -> None: ...


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Model and version: vectors of different names never mix."""
        ...

    @property
    def dim(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, in their order."""
        ...


class Cached:
    """An embedder that computes each text once: recent vectors in memory, all of them in one SQLite file.

    Many processes may share the file. A file that cannot be read or written costs time, never an answer.
    """

    def __init__(self, inner: Embedder, path: Path, told: Told = untold) -> None:
        self._inner, self._path, self._told, self._file = inner, path, told, _File(path)
        self._recent: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1 and (vector := self._recalled(self._key(texts[0]))) is not None:
            return vector[None]
        keys = [self._key(text) for text in texts]
        found = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        found |= self._make(missing)
        self._remember(found)
        return np.stack([found[key] for key in keys]) if keys else np.empty((0, self.dim), dtype=np.float32)

    def _make(self, missing: dict[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
        """Embed and keep, some at a time."""
        texts = list(missing.items())
        found: dict[bytes, NDArray[np.float32]] = {}
        for start in range(0, len(texts), MADE_AT_ONCE):
            some = dict(texts[start : start + MADE_AT_ONCE])
            made = dict(zip(some, self._inner.embed(list(some.values())), strict=True))
            self._keep(made)
            found |= made
            self._told(len(found), len(texts))
        return found

    def _key(self, text: str) -> bytes:
        body = f"{self.name}\0{text[:CHARACTERS]}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(body, digest_size=16).digest()

    def _recalled(self, key: bytes) -> NDArray[np.float32] | None:
        with self._lock:
            if (vector := self._recent.get(key)) is not None:
                self._recent.move_to_end(key)
            return vector

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._recent[key] for key in keys if key in self._recent}
        lacking = list(dict.fromkeys(key for key in keys if key not in found))
        return found | self._read(lacking) if lacking else found

    def _remember(self, found: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            for key, vector in found.items():
                vector.setflags(write=False)  # it is handed out as it is
                self._recent[key] = vector
                self._recent.move_to_end(key)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def _read(self, keys: list[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        if not self._path.exists():
            return found
        try:
            with self._file.open() as db:
                for at in range(0, len(keys), ASKED_AT_ONCE):
                    some = keys[at : at + ASKED_AT_ONCE]
                    marks = ",".join("?" * len(some))
                    rows = db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608 - marks alone, the keys are parameters
                    found |= {key: np.frombuffer(blob, dtype="<f4") for key, blob in rows if len(blob) == 4 * self.dim}
        except sqlite3.Error:  # not there, not a database, not ours to read: computed anew
            return {}
        return found

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._insert(made)
        except sqlite3.OperationalError:
            return  # busy, full or read-only: the next one may succeed
        except sqlite3.DatabaseError:  # damaged: begin anew
            with suppress(OSError, sqlite3.Error):
                self._path.unlink()
                self._insert(made)
        except OSError:
            return

    def _insert(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        with self._file.open() as db:
            rows = [(key, vector.astype("<f4").tobytes()) for key, vector in made.items()]
            db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)


class _File:
    """A SQLite file, kept open: opening takes ten times as long as what is then asked. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._inode = -1

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """For one piece of work, which is committed at its end."""
        with self._lock:
            db = self._current()
            try:
                yield db
                db.commit()
            except BaseException:
                self._close()
                raise

    def _current(self) -> sqlite3.Connection:
        """The connection; another one where the file was removed or replaced."""
        if self._db is None or self._standing() != self._inode:
            self._close()
            db = self._db = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            weakref.finalize(self, db.close)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = OFF")  # what is lost can be computed again
                db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            except sqlite3.Error:
                self._close()
                raise
            self._inode = self._standing()
        return self._db

    def _standing(self) -> int:
        try:
            return self._path.stat().st_ino
        except OSError:
            return -1

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None


class Shared:
    """The process's one embedder, which strategies ask for and services choose."""

    def __init__(self) -> None:
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()

    def get(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                self._embedder = MiniLM()
            return self._embedder

    def use(self, embedder: Embedder) -> None:
        with self._lock:
            self._embedder = embedder


_shared = Shared()
_watching: ContextVar[list[Embedder] | None] = ContextVar("watching", default=None)


def shared() -> Embedder:
    """What strategies embed with: MiniLM, unless `use` said otherwise. Loads nothing until it embeds."""
    found = _shared.get()
    if (watch := _watching.get()) is not None:
        watch.append(found)
    return found


@contextmanager
def watched() -> Iterator[list[Embedder]]:
    """What is asked of `shared` meanwhile, by this thread or task: where nothing was, nothing hangs on the embedder."""
    asked: list[Embedder] = []
    token = _watching.set(asked)
    try:
        yield asked
    finally:
        _watching.reset(token)


def mismatch(made: str, again: str) -> str:
    """What to do about something that was fitted with vectors of this embedder; '' where it is the one in use."""
    now = _shared.get().name
    if made == now:
        return ""
    back = ""  # to a MiniLM of other weights there is no way back
    if made.startswith(SENTENCE):
        back = f", or set WORKBENCH_EMBEDDER={made.removeprefix(SENTENCE).partition('#')[0]}"
    elif made == MiniLM.name:
        back = ", or unset WORKBENCH_EMBEDDER"
    return f"was fitted with {made}, and the workbench now uses {now}: {again}{back}"


def use(embedder: Embedder) -> None:
    """Choose the embedder of this process: `Cached` in the workbench, a small one in tests."""
    _shared.use(embedder)


def cached(folder: Path, told: Told = untold, model: str = "") -> Embedder:
    """MiniLM, or this model of sentence-transformers, with its vectors kept in this folder.

    `told` hears how far it is with texts it has to embed first.
    """
    from .sentence import Sentence

    return Cached(Sentence(model) if model else MiniLM(), folder / "embeddings.sqlite", told)
