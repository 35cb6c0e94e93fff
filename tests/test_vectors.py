"""One contract for all indexes. Qdrant runs in its local mode; Pinecone's client is a fake that takes what the real one takes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pinecone
import pytest
from qdrant_client import QdrantClient

from workbench import vectors
from workbench.embed import Vectors
from workbench.errors import BadInput
from workbench.vectors import Distant, Exact, Pinecone, Qdrant, VectorIndex, opener

DIM = 8


class Namespaces:
    """What pinecone.Index does to vectors, by namespace, in a process."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, list[float]]] = {}

    def upsert(self, *, vectors: Sequence[tuple[str, list[float]]], namespace: str, show_progress: bool) -> None:
        assert vectors
        self._kept.setdefault(namespace, {}).update(vectors)

    def delete(self, *, ids: list[str], namespace: str) -> None:
        for name in ids:
            self._kept.get(namespace, {}).pop(name, None)

    def query(self, *, vector: list[float], top_k: int, namespace: str) -> Any:
        asked = np.array(vector)
        scores = {
            name: float(asked @ kept / np.linalg.norm(asked) / np.linalg.norm(kept))
            for name, kept in self._kept.get(namespace, {}).items()
        }
        best = sorted(scores, key=lambda name: -scores[name])[:top_k]
        return SimpleNamespace(matches=[SimpleNamespace(id=name, score=scores[name]) for name in best])

    def describe_index_stats(self) -> Any:
        counts = {name: SimpleNamespace(vector_count=len(kept)) for name, kept in self._kept.items()}
        return SimpleNamespace(dimension=DIM, namespaces=counts)


INDEXES: dict[str, Callable[[], VectorIndex]] = {
    "memory": lambda: Exact(DIM),
    "qdrant": lambda: Qdrant(QdrantClient(":memory:"), "tests", DIM),
    "pinecone": lambda: Pinecone(Namespaces(), "tests", DIM),
    "distant": lambda: Distant("Pinecone", Pinecone(Namespaces(), "tests", DIM)),
}


@pytest.fixture(params=INDEXES)
def index(request: pytest.FixtureRequest) -> VectorIndex:
    return INDEXES[request.param]()


def some(n: int, seed: int = 0, dim: int = DIM) -> Vectors:
    found = np.random.default_rng(seed).standard_normal((n, dim), dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def names(n: int) -> list[str]:
    return [f"intent/{i}" for i in range(n)]


def test_it_finds_the_nearest_by_cosine(index: VectorIndex) -> None:
    kept, asked = some(300), some(5, seed=1)
    index.add(names(300), kept)
    assert (len(index), index.dim) == (300, DIM)
    cosine = asked @ kept.T
    for row, hits in zip(cosine, index.search(asked, 7), strict=True):
        best = np.argsort(-row)[:7]
        assert [hit.id for hit in hits] == [f"intent/{i}" for i in best]
        assert [hit.score for hit in hits] == pytest.approx(row[best].tolist(), abs=1e-5)


def test_an_id_added_again_has_its_new_vector(index: VectorIndex) -> None:
    kept = some(3)
    index.add(names(3), kept)
    index.add(["intent/0"], -kept[:1])
    assert len(index) == 3
    assert index.search(-kept[:1], 1)[0][0].id == "intent/0"
    assert index.search(kept[:1], 3)[0][-1].score == pytest.approx(-1, abs=1e-5)


def test_what_is_removed_is_found_no_more(index: VectorIndex) -> None:
    index.add(names(4), some(4))
    index.remove(["intent/1", "no such id"])
    index.remove([])
    assert len(index) == 3
    assert {hit.id for hit in index.search(some(1), 10)[0]} == {"intent/0", "intent/2", "intent/3"}


def test_empty_it_finds_nothing(index: VectorIndex) -> None:
    index.add([], some(0))
    assert len(index) == 0
    assert index.search(some(2), 3) == [[], []]
    assert index.search(some(0), 3) == []


def test_vectors_of_another_dimension_do_not_fit(index: VectorIndex) -> None:
    with pytest.raises(BadInput, match="vectors of 5 numbers do not fit an index of 8"):
        index.add(["a"], some(1, dim=5))
    with pytest.raises(BadInput, match="do not fit"):
        index.search(some(1, dim=5), 1)
    assert len(index) == 0


def test_an_index_that_was_made_for_others_is_refused() -> None:
    client = QdrantClient(":memory:")
    Qdrant(client, "tests", 5)
    with pytest.raises(BadInput, match="holds vectors of 5 numbers, not 8"):
        Qdrant(client, "tests", DIM)
    with pytest.raises(BadInput, match="holds vectors of 8 numbers, not 5"):
        Pinecone(Namespaces(), "tests", 5)


def test_a_folder_of_qdrant_keeps_what_was_added(tmp_path: Path) -> None:
    client = QdrantClient(path=str(tmp_path / "q"))
    Qdrant(client, "tests", DIM).add(names(3), some(3))
    client.close()
    opens = opener(f"qdrant:{tmp_path / 'q'}")
    assert opens is not None
    assert len(opens("tests", DIM)) == 3


@pytest.mark.parametrize("method", ["upsert", "delete", "query", "describe_index_stats"])
def test_the_fake_takes_only_what_pinecones_client_takes(method: str) -> None:
    real = inspect.signature(getattr(pinecone.Index, method)).parameters
    fake = inspect.signature(getattr(Namespaces, method)).parameters
    assert set(fake) <= set(real)
    assert all(real[name].kind == fake[name].kind for name in fake)


def test_a_place_says_where_vectors_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opener("") is opener("memory") is None
    assert opener("qdrant::memory:") is not None
    for place in ("qdrant", "faiss:here", "pinecone:", "memory:here"):
        with pytest.raises(BadInput, match="vectors can be kept in memory, qdrant:URL"):
            opener(place)
    made: list[dict[str, Any]] = []

    def index(**given: Any) -> Namespaces:
        made.append(given)
        return Namespaces()

    def client(**given: Any) -> Any:
        made.append(given)
        return SimpleNamespace(Index=index)

    monkeypatch.setattr(pinecone, "Pinecone", client)
    opens = opener("pinecone:example.invalid", "secret")
    assert opens is not None
    assert made == [{"api_key": "secret"}, {"host": "example.invalid"}]
    assert opens("intents", DIM).dim == DIM


def test_a_server_is_asked_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server runs here: only that the client is made for it."""
    made: list[dict[str, Any]] = []
    monkeypatch.setattr("qdrant_client.QdrantClient", lambda **given: made.append(given))
    opener("qdrant:http://127.0.0.1:6333", "secret")
    assert made == [{"url": "http://127.0.0.1:6333", "api_key": "secret", "check_compatibility": False}]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # qdrant leaves a lock open that it cannot have
def test_a_service_that_cannot_be_reached_says_what_to_look_at(tmp_path: Path) -> None:
    opens = opener("qdrant:http://127.0.0.1:1")
    assert opens is not None
    with pytest.raises(BadInput, match=r"Qdrant cannot be reached .* see that it runs.*WORKBENCH_VECTORS=memory"):
        opens("intents", DIM)
    with pytest.raises(BadInput, match="set PINECONE_API_KEY"):
        opener("pinecone:example.invalid", None)
    held = QdrantClient(path=str(tmp_path))
    with pytest.raises(BadInput, match="no other process holds its folder"):
        opener(f"qdrant:{tmp_path}")
    held.close()


def test_a_service_that_goes_away_is_told_by_every_call() -> None:
    class Gone:
        dim = DIM

        def __getattr__(self, name: str) -> Any:
            raise ConnectionResetError("by peer")

        def __len__(self) -> int:
            raise ConnectionResetError("by peer")

    index = Distant("Qdrant", Gone())
    calls: tuple[Callable[[], Any], ...] = (
        lambda: len(index),
        lambda: index.add(names(1), some(1)),
        lambda: index.remove(names(1)),
        lambda: index.search(some(1), 1),
    )
    for call in calls:
        with pytest.raises(BadInput, match=r"Qdrant cannot be reached \(ConnectionResetError: by peer\)"):
            call()


@pytest.mark.parametrize(("place", "module"), [("qdrant:no-folder", "qdrant_client"), ("pinecone:x", "pinecone")])
def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, place: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInput, match="pip install 'routing-workbench"):
        opener(place, "secret")


def test_memory_is_where_vectors_are_unless_told_otherwise() -> None:
    assert vectors.shared() is None
    opens = opener("qdrant::memory:")
    vectors.use(opens)
    try:
        assert vectors.shared() is opens
    finally:
        vectors.use(None)
