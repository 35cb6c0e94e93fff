"""The two shipped models on the real llama.cpp."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.asking import ask, call, failure
from tests.providers.test_local import alive, first_word, gone
from workbench.errors import BadRequest, ContextTooLong, ServerFailed
from workbench.providers.local import Local
from workbench.settings import Settings, shipped
from workbench.types import Model, Reply, assistant, user
from workbench.weights import Weights, described, pull

pytestmark = [pytest.mark.models, pytest.mark.network]  # the first run on a machine fetches the files
SMALL, LARGE = "smollm2-135m", "qwen2.5-coder-1.5b"
MODEL = Model("", nominal=True, context=4096, capabilities=frozenset({"logprobs", "json"}))


def here(model: str) -> Path:
    """The model's verified file, fetched if this machine does not have it."""
    found: Weights = described(shipped("weights.toml"))[model]
    return pull(found, Settings.from_env(os.environ).cache / "models", environ=os.environ)


@asynccontextmanager
async def serving(run_dir: Path, model: str = SMALL, **changed: object) -> AsyncIterator[Local]:
    provider = Local(replace(MODEL, id=model, **changed), here(model), run_dir, threads=1)  # type: ignore[arg-type]  # fields of any type
    try:
        yield provider
    finally:
        await provider.close()


def server_pid(provider: Local) -> int:
    assert provider.pid is not None
    return provider.pid


async def killed_at_first_word(provider: Local) -> None:
    async with aclosing(provider.stream(call("Write a very long story.", max_tokens=4000))) as items:
        await anext(items)
        os.kill(server_pid(provider), signal.SIGKILL)
        async for _ in items:
            pass


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_an_answer_is_streamed_counted_and_given_its_logprob(tmp_path: Path, model: str) -> None:
    async def scenario() -> tuple[list[str], Reply]:
        async with serving(tmp_path, model) as provider:
            return await ask(provider, call("Name three colours.", max_tokens=16, temperature=0))

    texts, reply = asyncio.run(scenario())
    assert len(texts) > 3
    assert reply.text == "".join(texts)
    assert 4 < reply.usage.tokens_out <= 16
    assert not reply.usage.estimated
    assert 0 < reply.ttft_s < reply.latency_s
    assert reply.logprob is not None
    assert -5 < reply.logprob < 0


def test_the_larger_model_knows_the_answer(tmp_path: Path) -> None:
    async def scenario() -> str:
        async with serving(tmp_path, LARGE) as provider:
            asked = call("What is the capital of France? Answer with one word.", max_tokens=8, temperature=0)
            return (await ask(provider, asked))[1].text

    assert "Paris" in asyncio.run(scenario())


def test_callers_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    async def scenario() -> list[str]:
        async with serving(tmp_path) as provider:
            calls = [call(f"Repeat this word: {word}", max_tokens=12, temperature=0) for word in ("lemon", "tiger")]
            return [reply.text for _, reply in await asyncio.gather(*(ask(provider, c) for c in (*calls, *calls)))]

    lemon, tiger, *again = asyncio.run(scenario())
    assert "lemon" in lemon.lower()
    assert "tiger" in tiger.lower()
    assert "lemon" in again[0].lower()
    assert "tiger" in again[1].lower()


def test_an_answer_at_its_limit_says_so(tmp_path: Path) -> None:
    async def scenario() -> str:
        async with serving(tmp_path) as provider:
            return (await ask(provider, call("Count to one hundred.", max_tokens=3)))[1].finish

    assert asyncio.run(scenario()) == "length"


def test_a_prompt_longer_than_the_context_is_its_own_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as provider:
            assert isinstance(await failure(provider, call("word " * 6000)), ContextTooLong)

    asyncio.run(scenario())


def test_a_request_the_server_refuses_does_not_end_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path) as provider:
            refused = await failure(provider, call("Hello", response_format={"type": "no such thing"}))
            assert isinstance(refused, BadRequest)
            await ask(provider, call("Hello", max_tokens=2))

    asyncio.run(scenario())


def test_cancelling_an_answer_frees_its_slot(tmp_path: Path) -> None:
    """One slot and an answer of minutes: the next caller is served only if the first one was really stopped."""

    async def scenario() -> Reply:
        async with serving(tmp_path, options={"slots": 1}) as provider:
            long = asyncio.create_task(first_word(provider, call("Write a very long story.", max_tokens=4000)))
            await asyncio.sleep(1)
            long.cancel()
            await asyncio.gather(long, return_exceptions=True)
            async with asyncio.timeout(30):
                return (await ask(provider, call("Hello", max_tokens=2)))[1]

    assert asyncio.run(scenario()).usage.tokens_out == 2


def test_a_killed_server_fails_its_calls_and_the_next_one_starts_it_again(tmp_path: Path) -> None:
    async def scenario() -> tuple[int, int]:
        async with serving(tmp_path) as provider:
            await provider.warm()
            before = server_pid(provider)
            with pytest.raises(ServerFailed, match="ask again"):
                await killed_at_first_word(provider)
            await ask(provider, call("Hello", max_tokens=2))
            return before, server_pid(provider)

    before, after = asyncio.run(scenario())
    assert before != after
    assert not alive(before)
    assert not alive(after)


def test_a_process_killed_with_an_answer_under_way_leaves_no_server(tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from tests.providers.asking import call
from tests.providers.test_local_models import serving
async def main():
    async with serving(Path({str(tmp_path)!r})) as provider:
        async for _ in provider.stream(call("Write a very long story.", max_tokens=4000)):
            print(provider.pid, flush=True)
asyncio.run(main())
"""

    async def scenario() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        server = int(await process.stdout.readline())
        process.kill()
        await process.communicate()
        return server

    assert gone(asyncio.run(scenario()))


def test_a_conversation_is_continued(tmp_path: Path) -> None:
    async def scenario() -> str:
        async with serving(tmp_path, LARGE) as provider:
            first = call("My name is Ada.", max_tokens=20, temperature=0)
            _, reply = await ask(provider, first)
            answered = replace(first, messages=(*first.messages, assistant(reply.text), user("What is my name?")))
            return (await ask(provider, answered))[1].text

    assert "Ada" in asyncio.run(scenario())
