"""Shifts of prompts: which windows are compared with which, what is written, and that it is written once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.store.rows import NOW, prompt, run
from workbench import embed
from workbench.services import shifts as service
from workbench.services.changes import look
from workbench.services.shifts import LOOKED, REFERENCE, WINDOW, shifted
from workbench.store import Row, Store, open_store
from workbench.store.runs import Origin, run_rows
from workbench.types import Spec


class Topics:
    """Texts that begin with a topic lie around its own direction."""

    name = "topics"
    dim = 8

    def embed(self, texts: Sequence[str]) -> embed.Vectors:
        return np.stack([self._one(text) for text in texts]) if texts else np.empty((0, self.dim), np.float32)

    def _one(self, text: str) -> Any:
        rng = np.random.default_rng(int.from_bytes(text.encode()[-4:], "big"))
        found = rng.normal(size=self.dim) + 1.5 * np.eye(self.dim)[len(text.split()[0])]
        return (found / np.linalg.norm(found)).astype(np.float32)


@pytest.fixture(autouse=True)
def embedder() -> Iterator[None]:
    before = embed.shared()
    embed.use(Topics())
    yield
    embed.use(before)


def stream(*topics: str, n: int = WINDOW) -> list[dict[str, Any]]:
    """n different prompts of each of these topics."""
    texts = [f"{topic} {i:05}" for i, topic in enumerate(topic for topic in topics for _ in range(n))]
    return [
        {
            "strategy": "knn",
            "n": i + 1,
            "prompt_key": text,
            "text": text,
            "asked_at": (NOW + timedelta(minutes=i)).isoformat(),
        }
        for i, text in enumerate(texts)
    ]


def ends(rows: Sequence[dict[str, Any]], known: Sequence[int] = ()) -> list[tuple[int, int]]:
    vectors = Topics().embed([row["text"] for row in rows])
    return [(one.n, one.before_n) for one in shifted(rows, vectors, set(known))]


def test_prompts_of_one_kind_are_no_shift() -> None:
    assert ends(stream(*["a"] * 8)) == []


def test_a_shift_is_called_once_and_what_came_after_is_held_against_the_new_kind() -> None:
    assert ends(stream("a", "a", "bb", "bb", "bb")) == [(3 * WINDOW, 2 * WINDOW)]
    assert ends(stream("a", "a", "bb", "bb", "a")) == [(3 * WINDOW, 2 * WINDOW), (5 * WINDOW, 2 * WINDOW)]


def test_a_known_shift_is_not_called_again_and_is_where_the_reference_begins() -> None:
    assert ends(stream("a", "a", "bb", "bb", "bb"), [3 * WINDOW]) == []


def test_a_window_is_only_compared_where_its_whole_reference_is_there() -> None:
    far = REFERENCE // WINDOW
    rows = stream("a", "bb", *["bb"] * far, "a")[WINDOW:]  # the stream that is looked at begins after its first window
    assert ends(rows) == [((far + 3) * WINDOW, REFERENCE)]


def keep(store: Store, rows: Sequence[dict[str, Any]], strategy: str = "knn") -> None:
    made: list[Row] = []
    for i, row in enumerate(rows):
        about, at = prompt(row["text"]), NOW + timedelta(minutes=i)
        made += run_rows(f"{strategy} {i}", run(asked=about), Spec(strategy, {}, ()), about, Origin("ask"), at)
    asyncio.run(store.append(made))


def test_a_shift_is_written_once_for_all_prompts_and_for_the_strategy_and_told_with_an_example(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        keep(store, stream("a", "a", "bb"))
        keep(store, stream("ccc", n=1), "fixed")  # so that knn was not asked all there is
        late = NOW + timedelta(days=1)
        first = asyncio.run(look(store, lambda: late))
        assert asyncio.run(look(store, lambda: late + timedelta(hours=1))) == first
        assert asyncio.run(look(store, lambda: late + timedelta(days=14))) == []
    assert {(row["kind"], row["strategy"], row["direction"]) for row in first} == {
        ("prompts", "", "aside"), ("prompts", "knn", "aside")
    }  # fmt: skip
    for row in first:
        whose = "Prompts of knn have" if row["strategy"] else "Prompts have"
        assert row["text"].startswith(f"{whose} shifted: the 200 until 2026-11-20 21:5")
        assert "UTC are unlike the 400 before them; typical of the new ones: “bb " in row["text"]


def test_where_one_strategy_is_asked_all_there_is_one_shift_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        keep(store, stream("a", "a", "bb"))
        assert [row["strategy"] for row in asyncio.run(look(store, lambda: NOW + timedelta(days=1)))] == [""]


def test_with_too_few_prompts_nothing_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "shared", lambda: pytest.fail("nothing was to be embedded"))
    with open_store(tmp_path) as store:
        keep(store, stream("a", n=2 * WINDOW - 1))
        assert asyncio.run(look(store, lambda: NOW)) == []


def test_what_is_looked_at_has_room_for_the_references_of_all_windows() -> None:
    assert LOOKED * WINDOW + REFERENCE == (LOOKED + REFERENCE // WINDOW) * WINDOW
