"""Replies are kept by their call: for the next who asks the same, and in a file for after an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.pool import Pool, model
from workbench.bench.replies import Replies
from workbench.errors import BadInput, ServerFailed
from workbench.events import Delta
from workbench.types import Call, Reply, user

MODELS = (model("small", 0.1, text="Yes."), model("down", 0.1, fault="500"))


class Counting(Pool):
    def __init__(self) -> None:
        super().__init__(MODELS)
        self.calls = 0

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.calls += 1
        async for item in super().stream(call):
            yield item


def asked(replies: Replies, model: str = "small", text: str = "Well?") -> list[Delta | Reply]:
    async def heard() -> list[Delta | Reply]:
        return [item async for item in replies.stream(Call(model, (user(text),), {"temperature": 0.0}))]

    return asyncio.run(heard())


def test_the_same_call_is_made_once_and_another_is_made() -> None:
    pool = Counting()
    replies = Replies(pool)
    first, again = asked(replies), asked(replies)
    assert again == [Delta("Yes."), first[-1]]
    assert pool.calls == 1
    asked(replies, text="And now?")
    assert pool.calls == 2


def test_a_failed_call_is_made_again() -> None:
    pool = Counting()
    replies = Replies(pool)
    for _ in range(2):
        with pytest.raises(ServerFailed):
            asked(replies, "down")
    assert pool.calls == 2


def test_a_file_goes_on_after_an_interruption_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path, pool = tmp_path / "replies.jsonl", Counting()
    first = asked(Replies(pool, path))
    asked(Replies(pool, path), text="And now?")
    path.write_bytes(path.read_bytes()[:-20])
    resumed = Replies(pool, path)
    assert asked(resumed)[-1] == first[-1]
    assert pool.calls == 2
    asked(resumed, text="And now?")
    assert pool.calls == 3
    assert asked(Replies(pool, path), text="And now?")
    assert pool.calls == 3


@pytest.mark.parametrize("said", ["no JSON\n", "[]\n", '{"call": "a"}\n', '{"call": "a", "reply": {"usage": {}}}\n'])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, said: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(said, encoding="utf-8")
    with pytest.raises(BadInput, match="does not hold models' replies"):
        Replies(Counting(), path)
    assert path.read_text(encoding="utf-8") == said
