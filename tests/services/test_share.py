"""Equal calls of one comparison are one call upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from workbench.errors import BadReply, ServerFailed
from workbench.events import Delta
from workbench.services.share import Shared
from workbench.types import Call, Reply, Usage, user


class Upstream:
    """Says `words` one by one, fails as told, and counts who asked and who was cut off."""

    def __init__(self, words: int = 3, fail_first: int = 0, bug: bool = False, silent: bool = False) -> None:
        self.words, self.fail_first, self.bug, self.silent = words, fail_first, bug, silent
        self.asked = self.cancelled = 0

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.asked += 1
        try:
            for i in range(self.words):
                await asyncio.sleep(0.002)
                yield Delta(f"{i} ")
            if self.asked <= self.fail_first:
                raise ServerFailed("down")
            if self.bug:
                raise ZeroDivisionError
            if not self.silent:
                yield Reply("".join(f"{i} " for i in range(self.words)), Usage(1, self.words), 0.1, 0.01, 0.002)
        except (GeneratorExit, asyncio.CancelledError):
            self.cancelled += 1
            raise


CALL = Call("m", (user("hi"),))


async def read(shared: Shared, call: Call = CALL) -> list[Delta | Reply]:
    async with aclosing(shared.stream(call)) as items:
        return [item async for item in items]


def test_two_readers_cost_one_call_and_both_see_all_of_it() -> None:
    async def go() -> None:
        upstream = Upstream()
        shared = Shared(upstream)
        first, second = await asyncio.gather(read(shared), read(shared))
        assert upstream.asked == 1
        assert [getattr(i, "text", "") for i in first] == [getattr(i, "text", "") for i in second]
        assert len(first) == 4
        assert shared.shared(CALL.key)

    asyncio.run(go())


def test_readers_never_share_a_delta_that_sessions_stamp() -> None:
    async def go() -> None:
        shared = Shared(Upstream())
        first, second = await asyncio.gather(read(shared), read(shared))
        assert first[0] is not second[0]
        assert first[-1] is second[-1]

    asyncio.run(go())


def test_a_late_reader_is_given_the_reply_at_once() -> None:
    async def go() -> None:
        upstream = Upstream()
        shared = Shared(upstream)
        before = await read(shared)
        assert await read(shared) == before[-1:]
        assert upstream.asked == 1

    asyncio.run(go())


def test_another_sample_is_another_call() -> None:
    async def go() -> None:
        upstream = Upstream()
        shared = Shared(upstream)
        await asyncio.gather(read(shared), read(shared, Call("m", (user("hi"),), sample=1)))
        assert upstream.asked == 2
        assert not shared.shared(CALL.key)

    asyncio.run(go())


def test_upstream_is_cancelled_when_the_last_reader_leaves_and_not_before() -> None:
    async def go() -> None:
        upstream = Upstream(words=50)
        shared = Shared(upstream)
        one, two = asyncio.create_task(read(shared)), asyncio.create_task(read(shared))
        await asyncio.sleep(0.01)
        one.cancel()
        await asyncio.sleep(0.01)
        assert upstream.cancelled == 0
        two.cancel()
        await asyncio.gather(one, two, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert upstream.cancelled == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(go())


def test_a_failure_reaches_every_reader_and_a_retry_asks_again() -> None:
    async def go() -> None:
        upstream = Upstream(fail_first=1)
        shared = Shared(upstream)
        results = await asyncio.gather(read(shared), read(shared), return_exceptions=True)
        assert all(isinstance(r, ServerFailed) for r in results)
        assert len(await read(shared)) == 4
        assert upstream.asked == 2

    asyncio.run(go())


def test_a_bug_upstream_is_raised_to_the_reader() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(read(Shared(Upstream(bug=True))))


def test_an_upstream_without_a_reply_is_an_error() -> None:
    with pytest.raises(BadReply):
        asyncio.run(read(Shared(Upstream(silent=True))))
