from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from workbench import embed
from workbench.embed import Cached
from workbench.minilm import MiniLM


class Letters:
    """Counts letters; remembers what it was asked."""

    def __init__(self, name: str = "letters") -> None:
        self.name, self.dim = name, 26
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> embed.Vectors:
        self.asked += texts
        counts = [[text.lower().count(chr(97 + i)) + 1e-3 for i in range(26)] for text in texts]
        found = np.array(counts, dtype=np.float32).reshape(-1, 26)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def restored() -> Iterator[None]:
    before = embed.shared()
    yield
    embed.use(before)


def test_half_a_character_has_a_vector_too(tmp_path: Path) -> None:
    assert Cached(Letters(), tmp_path / "e").embed(["half \ud83e of a parrot"]).shape == (1, 26)


def test_no_text_is_no_vector(tmp_path: Path) -> None:
    assert Cached(Letters(), tmp_path / "e").embed([]).shape == (0, 26)


def test_each_text_is_computed_once_ever(tmp_path: Path) -> None:
    first, second = Letters(), Letters()
    one = Cached(first, tmp_path / "e")
    made = one.embed(["b", "a", "b"])
    assert sorted(first.asked) == ["a", "b"]
    one.embed(["a"])
    again = Cached(second, tmp_path / "e").embed(["b", "a", "b"])
    assert len(first.asked) == 2
    assert second.asked == []
    assert (made == again).all()
    assert (made == first.embed(["b", "a", "b"])).all()


def test_vectors_of_another_model_are_never_taken(tmp_path: Path) -> None:
    Cached(Letters("one"), tmp_path / "e").embed(["a"])
    other = Letters("two")
    Cached(other, tmp_path / "e").embed(["a"])
    assert other.asked == ["a"]


def test_more_texts_than_memory_keeps_are_read_back_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "RECENT", 3)
    inner = Letters()
    cached = Cached(inner, tmp_path / "e")
    texts = [chr(97 + i) * (i + 1) for i in range(20)]
    first = cached.embed(texts)
    assert (cached.embed(texts) == first).all()
    assert len(inner.asked) == 20


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"this is no database, but long enough to be looked at as one" * 40)
    inner = Letters()
    assert (Cached(inner, tmp_path / "e").embed(["a"]) == inner.embed(["a"])).all()
    kept = Letters()
    Cached(kept, tmp_path / "e").embed(["a"])
    assert kept.asked == []


def test_a_file_that_is_removed_while_it_is_used_is_begun_anew(tmp_path: Path) -> None:
    cached, inner = Cached(Letters(), tmp_path / "e"), Letters()
    cached.embed(["a"])
    for path in tmp_path.iterdir():
        path.unlink()
    cached.embed(["b"])
    Cached(inner, tmp_path / "e").embed(["a", "b"])
    assert inner.asked == ["a"]


def test_what_one_keeps_another_finds_that_had_the_file_open_before(tmp_path: Path) -> None:
    inner = Letters()
    one, other = Cached(Letters(), tmp_path / "e"), Cached(inner, tmp_path / "e")
    other.embed(["a"])
    one.embed(["b"])
    other.embed(["b"])
    assert inner.asked == ["a"]


def test_a_vector_in_memory_cannot_be_written_to(tmp_path: Path) -> None:
    cached = Cached(Letters(), tmp_path / "e")
    cached.embed(["a"])
    with pytest.raises(ValueError, match="read-only"):
        cached.embed(["a"])[0, 0] = 1


def test_a_vector_of_another_length_is_computed_anew(tmp_path: Path) -> None:
    cached = Cached(Letters(), tmp_path / "e")
    cached.embed(["a"])
    with sqlite3.connect(tmp_path / "e") as db:
        db.execute("UPDATE vectors SET vector = ?", (b"1234",))
    db.close()
    inner = Letters()
    assert Cached(inner, tmp_path / "e").embed(["a"]).shape == (1, 26)
    assert inner.asked == ["a"]


def test_a_place_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    inner = Letters()
    cached = Cached(inner, tmp_path / "file" / "e")
    assert (cached.embed(["a"]) == inner.embed(["a"])).all()


def test_many_threads_share_one_cache(tmp_path: Path) -> None:
    cached, plain = Cached(Letters(), tmp_path / "e"), Letters()
    texts = [chr(97 + i % 26) * (1 + i // 26) for i in range(60)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: cached.embed(texts[i % 7 :: 3]), range(12)))
    for i, vectors in enumerate(found):
        assert (vectors == plain.embed(texts[i % 7 :: 3])).all()


def test_it_tells_how_far_it_is_with_what_it_did_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "MADE_AT_ONCE", 2)
    told: list[tuple[int, int]] = []
    cached = Cached(Letters(), tmp_path / "e", lambda done, total: told.append((done, total)))
    cached.embed(["a", "b", "c", "d", "e"])
    cached.embed(["a", "e"])
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_what_was_embedded_before_an_interruption_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "MADE_AT_ONCE", 2)

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Cached(Letters(), tmp_path / "e", stop).embed(["a", "b", "c", "d", "e", "f"])
    inner = Letters()
    Cached(inner, tmp_path / "e").embed(["a", "b", "c", "d", "e", "f"])
    assert inner.asked == ["e", "f"]


@pytest.mark.usefixtures("restored")
def test_strategies_embed_with_what_the_process_chose() -> None:
    mine = Letters()
    embed.use(mine)
    assert embed.shared() is mine


def test_what_was_fitted_with_another_embedder_says_how_to_go_back_to_it(restored: None) -> None:
    embed.use(Letters())
    assert embed.mismatch("letters", "fit") == ""
    assert embed.mismatch(MiniLM.name, "fit").endswith("now uses letters: fit, or unset WORKBENCH_EMBEDDER")
    assert embed.mismatch("all-MiniLM-L6-v2-int8-0", "fit").endswith("now uses letters: fit")
    assert embed.mismatch("sentence-transformers gte#0af3", "fit").endswith("fit, or set WORKBENCH_EMBEDDER=gte")


def test_it_is_told_which_embedders_were_asked_for(restored: None) -> None:
    embed.use(Letters())
    with embed.watched() as asked:
        embed.shared()
    embed.shared()
    assert [one.name for one in asked] == ["letters"]
    with embed.watched() as asked:
        embed.mismatch("letters", "fit")
    assert asked == []
