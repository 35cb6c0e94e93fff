"""What every provider promises, asked of each: deltas and then one reply; closing cancels; errors are CallErrors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.providers.asking import ask, call, failure
from tests.providers.test_local import PROGRAM
from tests.providers.vendor import HANG, HELLO, Vendor, chunk
from workbench.events import Delta
from workbench.providers.litellm import LiteLLM
from workbench.providers.local import Local
from workbench.providers.openai import OpenAI
from workbench.providers.replay import Replay
from workbench.providers.scripted import Scripted
from workbench.session import Provider
from workbench.types import Model, Outcome, Reply, Usage

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # litellm's own, of pydantic

GOOD, STUCK, BROKEN = "good", "stuck", "broken"
VENDORS = {
    GOOD: lambda: Vendor(HELLO),
    STUCK: lambda: Vendor([chunk("Hel"), HANG]),
    BROKEN: lambda: Vendor([b"{}"], 500),
}
FAULTS: dict[str, dict[str, Any]] = {GOOD: {}, STUCK: {"fault": {"name": "hang", "after": 1}}, BROKEN: {"fault": "500"}}
Work = Callable[[Provider], Awaitable[None]]


async def openai(mood: str, work: Work) -> None:
    async with VENDORS[mood]().listening() as vendor:
        provider = OpenAI(Model("m"), base_url=vendor.url)
        await work(provider)
        if mood == STUCK:
            await asyncio.wait_for(vendor.left.wait(), 5)
        await provider.close()


async def litellm(mood: str, work: Work) -> None:
    async with VENDORS[mood]().listening() as vendor:
        provider = LiteLLM(Model("m", name="openai/m", endpoint=vendor.url), key="none")
        await work(provider)
        if mood == STUCK:
            await asyncio.wait_for(vendor.left.wait(), 5)
        await provider.close()


async def scripted(mood: str, work: Work) -> None:
    await work(Scripted(Model("m", options=FAULTS[mood])))


async def replay(mood: str, work: Work) -> None:
    reply = Reply("Hello", Usage(5, 2), 0.0, 1.0, 0.1)
    await work(Replay({call().key: Outcome(call(), reply, error="server: down" if mood == BROKEN else "")}))


async def local(mood: str, work: Work) -> None:
    with TemporaryDirectory() as folder:
        weights = Path(folder, "m.gguf")
        await asyncio.to_thread(weights.write_text, {GOOD: "GGUF", STUCK: "GGUFhold", BROKEN: ""}[mood])
        provider = Local(Model("m"), weights, Path(folder, "run"), program=PROGRAM)
        await work(provider)
        await provider.close()


every_provider = pytest.mark.parametrize(
    "provided", [openai, litellm, scripted, replay, local], ids=lambda f: f.__name__
)
Provided = Callable[[str, Work], Awaitable[None]]


def run(provided: Provided, mood: str, work: Work) -> None:
    async def main() -> None:
        await provided(mood, work)

    asyncio.run(main())


@every_provider
def test_deltas_add_up_to_the_one_reply_that_ends_the_stream(provided: Provided) -> None:
    async def work(provider: Provider) -> None:
        texts, reply = await ask(provider)
        assert "".join(texts) == reply.text != ""
        assert reply.usage.tokens_in > 0
        assert reply.usage.tokens_out > 0
        assert 0 <= reply.ttft_s <= reply.latency_s

    run(provided, GOOD, work)


@every_provider
def test_it_is_a_provider_and_may_be_asked_again_and_in_parallel(provided: Provided) -> None:
    async def work(provider: Provider) -> None:
        assert isinstance(provider, Provider)
        replies = await asyncio.gather(*(ask(provider) for _ in range(3)))
        assert len({reply.text for _, reply in replies}) == 1

    run(provided, GOOD, work)


@every_provider
def test_what_fails_is_a_call_error_that_names_its_kind(provided: Provided) -> None:
    async def work(provider: Provider) -> None:
        error = await failure(provider)
        assert error.kind == "server"
        assert str(error)

    run(provided, BROKEN, work)


@every_provider
def test_a_stream_closed_in_the_middle_is_over_at_once(provided: Provided) -> None:
    async def work(provider: Provider) -> None:
        async with aclosing(provider.stream(call())) as items:
            assert isinstance(await anext(items), Delta)
        with pytest.raises(StopAsyncIteration):
            await anext(items)

    run(provided, STUCK, work)


@pytest.mark.parametrize("provided", [openai, litellm, scripted, local], ids=lambda f: f.__name__)
def test_a_reader_that_is_cancelled_while_it_waits_ends_the_stream(provided: Provided) -> None:
    async def work(provider: Provider) -> None:
        begun = asyncio.Event()

        async def read() -> None:
            async with aclosing(provider.stream(call())) as items:
                async for _ in items:
                    begun.set()

        task = asyncio.ensure_future(read())
        await begun.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(provided, STUCK, work)
