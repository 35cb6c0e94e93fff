"""Nearest vectors by cosine: the VectorIndex port, exact in memory, in Qdrant, or in Pinecone.

Memory is the default and the fastest up to some ten thousand vectors; the others keep them where several processes or machines
share them. Vectors have length 1, as embedders give them.
"""

from __future__ import annotations

import atexit
import importlib
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .embed import Vectors
from .errors import BadInput, WorkbenchError

SENT = 256
"""Vectors in one request."""
FORMS = "memory, qdrant:URL, qdrant:FOLDER or pinecone:HOST"


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float
    """Cosine."""


class VectorIndex(Protocol):
    @property
    def dim(self) -> int: ...

    def __len__(self) -> int: ...

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Keep (n, dim) vectors under these ids, in place of what they had. Raises BadInput for another dimension."""
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Forget these; ids that are not there are no error."""
        ...

    def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        """The k nearest to each of (n, dim) vectors, best first; all where there are fewer. Raises BadInput as `add` does."""
        ...


class Exact:
    """A matrix: every search compares with all of it."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._ids: list[str] = []
        self._vectors = np.empty((0, dim), dtype=np.float32)

    @property
    def dim(self) -> int:
        return self._dim

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        new = dict(zip(ids, _fitting(vectors, self._dim), strict=True))
        self.remove(list(new))
        self._ids += new
        self._vectors = np.concatenate([self._vectors, *(row[None] for row in new.values())])

    def remove(self, ids: Sequence[str]) -> None:
        gone = set(ids)
        kept = [i for i, known in enumerate(self._ids) if known not in gone]
        self._ids, self._vectors = [self._ids[i] for i in kept], self._vectors[kept]

    def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        score = _fitting(vectors, self._dim) @ self._vectors.T
        nearest = np.argsort(-score, axis=1, kind="stable")[:, :k]
        return [
            [Hit(self._ids[i], float(row[i])) for i in best] for row, best in zip(score, nearest.tolist(), strict=True)
        ]


class Qdrant:
    """One collection of a Qdrant client, made where it is not there: a server's, or a folder of this process alone."""

    def __init__(self, client: Any, collection: str, dim: int) -> None:
        """`client`: a qdrant_client.QdrantClient. Raises BadInput where the collection has another dimension."""
        self._client, self._collection, self._dim = client, collection, dim
        self._models = importlib.import_module("qdrant_client.models")
        if not client.collection_exists(collection):
            cosine = self._models.VectorParams(size=dim, distance=self._models.Distance.COSINE)
            client.create_collection(collection, vectors_config=cosine)
        found = client.get_collection(collection).config.params.vectors.size
        if found != dim:
            raise BadInput(
                f"the Qdrant collection {collection} holds vectors of {found} numbers, not {dim}: take another"
            )

    @property
    def dim(self) -> int:
        return self._dim

    def __len__(self) -> int:
        return int(self._client.count(self._collection).count)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        rows = _fitting(vectors, self._dim).tolist()
        points = [
            self._models.PointStruct(id=_point(name), vector=row, payload={"id": name})
            for name, row in zip(ids, rows, strict=True)
        ]
        for start in range(0, len(points), SENT):
            self._client.upsert(self._collection, points[start : start + SENT], wait=True)

    def remove(self, ids: Sequence[str]) -> None:
        if ids:
            self._client.delete(self._collection, [_point(name) for name in ids], wait=True)

    def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        asked = [
            self._models.QueryRequest(query=row, limit=k, with_payload=True)
            for row in _fitting(vectors, self._dim).tolist()
        ]
        found = self._client.query_batch_points(self._collection, asked) if asked else []
        return [[Hit(str(p.payload["id"]), float(p.score)) for p in one.points] for one in found]


def _point(name: str) -> str:
    """Qdrant takes numbers and UUIDs only."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


class Pinecone:
    """One namespace of a Pinecone index whose metric is cosine. What was added may take some seconds to be found."""

    def __init__(self, index: Any, namespace: str, dim: int) -> None:
        """`index`: what pinecone.Pinecone(...).Index(host=...) gives. Raises BadInput where it has another dimension."""
        self._index, self._namespace, self._dim = index, namespace, dim
        found = index.describe_index_stats().dimension
        if found != dim:
            raise BadInput(f"the Pinecone index holds vectors of {found} numbers, not {dim}: take another")

    @property
    def dim(self) -> int:
        return self._dim

    def __len__(self) -> int:
        here = self._index.describe_index_stats().namespaces.get(self._namespace)
        return int(here.vector_count) if here else 0

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        rows = list(zip(ids, _fitting(vectors, self._dim).tolist(), strict=True))
        for start in range(0, len(rows), SENT):
            self._index.upsert(vectors=rows[start : start + SENT], namespace=self._namespace, show_progress=False)

    def remove(self, ids: Sequence[str]) -> None:
        if ids:
            self._index.delete(ids=list(ids), namespace=self._namespace)

    def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        return [
            [Hit(str(m.id), float(m.score)) for m in self._query(row, k).matches]
            for row in _fitting(vectors, self._dim).tolist()
        ]

    def _query(self, row: list[float], k: int) -> Any:
        return self._index.query(vector=row, top_k=k, namespace=self._namespace)


@dataclass(frozen=True)
class Distant:
    """An index of a service, whose client raises what it likes: here that is a BadInput that says what to look at."""

    service: str
    index: VectorIndex

    @property
    def dim(self) -> int:
        return self.index.dim

    def __len__(self) -> int:
        with _reached(self.service):
            return len(self.index)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        with _reached(self.service):
            self.index.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        with _reached(self.service):
            self.index.remove(ids)

    def search(self, vectors: Vectors, k: int) -> list[list[Hit]]:
        with _reached(self.service):
            return self.index.search(vectors, k)


@contextmanager
def _reached(service: str) -> Iterator[None]:
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:  # of its client, of what that sends with, of another process that holds its folder
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadInput(
            f"the vectors kept in {service} cannot be reached ({said:.200}): see that it runs, that its place and key are right and that no "
            "other process holds its folder, or set WORKBENCH_VECTORS=memory"
        ) from error


def _fitting(vectors: Vectors, dim: int) -> NDArray[np.float32]:
    """Raises BadInput for vectors of another dimension."""
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise BadInput(
            f"vectors of {vectors.shape[-1]} numbers do not fit an index of {dim}: embed anew, or take another index"
        )
    return np.asarray(vectors, dtype=np.float32)


Opens = Callable[[str, int], VectorIndex]
"""An index of a name and a dimension."""


def opener(place: str, key: str | None = None) -> Opens | None:
    """How to open indexes at a place: None in memory. `key`: the service's secret. Raises BadInput for another form."""
    kind, _, where = place.partition(":")
    if kind in ("", "memory") and not where:
        return None
    if kind == "qdrant" and where:
        with _reached("Qdrant"):
            client = _qdrant(where, key)
        return lambda name, dim: _distant("Qdrant", lambda: Qdrant(client, name, dim))
    if kind == "pinecone" and where:
        if not key:
            raise BadInput("vectors kept in Pinecone need its key: set PINECONE_API_KEY, or WORKBENCH_VECTORS=memory")
        with _reached("Pinecone"):
            index = _library("pinecone").Pinecone(api_key=key).Index(host=where)
        return lambda name, dim: _distant("Pinecone", lambda: Pinecone(index, name, dim))
    raise BadInput(f"vectors can be kept in {FORMS}, not {place!r:.80}")


def _distant(service: str, make: Callable[[], VectorIndex]) -> Distant:
    """Opening it asks the service, too."""
    with _reached(service):
        return Distant(service, make())


@lru_cache(8)  # a folder lets only one client in
def _qdrant(where: str, key: str | None) -> Any:
    make = _library("qdrant_client").QdrantClient
    if "://" in where:
        return make(url=where, api_key=key, check_compatibility=False)  # which a thread would ask, and print
    client = make(where) if where == ":memory:" else make(path=where)
    atexit.register(client.close)
    return client


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        extra = name.partition("_")[0]
        raise BadInput(f"{extra} is not installed: pip install 'routing-workbench[{extra}]'") from None


class Shared:
    """Where this process keeps vectors that strategies compare with."""

    def __init__(self) -> None:
        self._opens: Opens | None = None
        self._lock = threading.Lock()

    def get(self) -> Opens | None:
        with self._lock:
            return self._opens

    def use(self, opens: Opens | None) -> None:
        with self._lock:
            self._opens = opens


_shared = Shared()


def shared() -> Opens | None:
    """Opens an index where `use` said; None keeps vectors in memory."""
    return _shared.get()


def use(opens: Opens | None) -> None:
    _shared.use(opens)
