from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from tests.providers.asking import ask, call, failure
from workbench.errors import BadReply, CallError, ServerFailed
from workbench.events import Delta
from workbench.providers.scripted import Scripted
from workbench.services.share import Shared
from workbench.types import Call, Model, Reply


class Counted:
    """A provider that counts what reaches it and what was closed before its end."""

    def __init__(self, linger_s: float = 0.0, **options: object) -> None:
        self._linger_s = linger_s
        self._inner = Scripted(Model("m", options=options))
        self.asked = self.dropped = 0

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.asked += 1
        complete = False
        try:
            async with aclosing(self._inner.stream(call)) as items:
                async for item in items:
                    complete = isinstance(item, Reply)
                    yield item
        finally:
            self.dropped += not complete
            await asyncio.sleep(self._linger_s)


def test_equal_calls_in_flight_are_one_call_and_each_reader_gets_all_of_it() -> None:
    async def main() -> None:
        counted = Counted(words=5, latency_s=0.01)
        shared = Shared(counted)
        first, second, other = await asyncio.gather(
            ask(shared, call("a")), ask(shared, call("a")), ask(shared, call("b"))
        )
        assert first == second != other
        assert len("".join(first[0]).split()) == 5
        assert counted.asked == 2
        assert shared.shared(call("a").key)
        assert not shared.shared(call("b").key)

    asyncio.run(main())


def test_a_reader_who_comes_in_the_middle_reads_from_the_beginning() -> None:
    async def main() -> None:
        shared = Shared(Counted(words=6, tokens_per_s=200))
        async with aclosing(shared.stream(call())) as items:
            await anext(items)
            await anext(items)
            texts, reply = await ask(shared)
            assert len(reply.text.split()) == 6
            assert "".join(texts) == reply.text

    asyncio.run(main())


def test_each_reader_may_stamp_its_own_deltas() -> None:
    async def main() -> None:
        shared = Shared(Counted(words=2))
        async with aclosing(shared.stream(call())) as one, aclosing(shared.stream(call())) as two:
            first, second = await anext(one), await anext(two)
            assert isinstance(first, Delta)
            assert isinstance(second, Delta)
            first.n = 7
            assert second.n == 0

    asyncio.run(main())


def test_who_comes_after_the_end_is_given_text_and_reply_at_once() -> None:
    async def main() -> None:
        counted = Counted(words=5)
        shared = Shared(counted)
        _, first = await ask(shared)
        texts, late = await ask(shared)
        assert late is first
        assert texts == [first.text]
        assert counted.asked == 1
        assert shared.shared(call().key)

    asyncio.run(main())


def test_upstream_goes_on_while_one_reader_is_left_and_ends_with_the_last() -> None:
    async def main() -> None:
        counted = Counted(fault={"name": "hang", "after": 1})
        shared = Shared(counted)
        readers = [asyncio.ensure_future(ask(shared)) for _ in range(2)]
        await asyncio.sleep(0.01)
        readers[0].cancel()
        await asyncio.wait(readers, timeout=0.01)
        assert counted.dropped == 0
        readers[1].cancel()
        await asyncio.wait(readers)
        await asyncio.sleep(0)
        assert (counted.asked, counted.dropped) == (1, 1)

    asyncio.run(main())


def test_a_retry_right_after_the_last_reader_left_is_a_new_call_and_is_shared_again() -> None:
    async def main() -> None:
        counted = Counted(linger_s=0.005, words=3, latency_s=0.05)
        shared = Shared(counted)
        left = asyncio.ensure_future(ask(shared))
        await asyncio.sleep(0.001)
        left.cancel()
        await asyncio.wait({left})
        replies = [asyncio.ensure_future(ask(shared))]
        await asyncio.sleep(0.01)  # the old call's end is told meanwhile
        replies.append(asyncio.ensure_future(ask(shared)))
        one, two = await asyncio.gather(*replies)
        assert one == two
        assert counted.asked == 2

    asyncio.run(main())


def test_a_failure_reaches_every_reader_and_a_retry_asks_again() -> None:
    async def main() -> None:
        counted = Counted(latency_s=0.01, fault={"name": "500", "first": 1})
        shared = Shared(counted)
        errors = await asyncio.gather(failure(shared), failure(shared))
        assert all(isinstance(e, ServerFailed) for e in errors)
        assert not shared.shared(call().key)
        assert (await ask(shared))[1].text
        assert counted.asked == 2

    asyncio.run(main())


def test_readers_of_a_cut_answer_get_its_beginning_before_the_error() -> None:
    async def main() -> list[str]:
        texts: list[str] = []
        shared = Shared(Counted(text="a b c", fault={"name": "cut", "after": 2}))
        async with aclosing(shared.stream(call())) as items:
            try:
                async for item in items:
                    texts.append(item.text)  # noqa: PERF401 - what came before the error counts
            except CallError as error:
                assert error.kind == "cut"  # noqa: PT017 - the error comes amid the stream
        return texts

    assert asyncio.run(main()) == ["a b "]


def test_an_upstream_that_ends_without_a_reply_is_a_bad_reply() -> None:
    class Silent:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            yield Delta("x")

    assert isinstance(asyncio.run(failure(Shared(Silent()))), BadReply)


def test_a_bug_upstream_is_loud() -> None:
    class Broken:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            yield Delta("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(failure(Shared(Broken())))


def test_the_first_word_comes_at_once_and_later_ones_are_gathered() -> None:
    async def main() -> None:
        texts, reply = await ask(Shared(Counted(words=20, tokens_per_s=200)))
        assert texts[0] == reply.text.split()[0] + " "
        assert len(texts) < 10

    asyncio.run(main())
