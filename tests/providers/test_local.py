"""The process around a local model, with a stand-in for llama.cpp; test_local_models.py runs the real one."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.asking import ask, call, failure
from workbench.errors import QueueFull, ServerFailed
from workbench.health import Health
from workbench.patience import Patience, waiting
from workbench.providers._breaker import Breaker, Guarded, Rule
from workbench.providers.local import Local, cores
from workbench.types import Call, Model

PROGRAM = Path(__file__).with_name("stand_in_llama.py")
MODEL = Model("tiny", context=4096, options={"slots": 2, "queue": 1})


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    return tmp_path / "tiny.gguf"


@asynccontextmanager
async def serving(weights: Path, model: Model = MODEL) -> AsyncIterator[Local]:
    provider = Local(model, weights, weights.parent / "run", threads=1, program=PROGRAM)
    try:
        yield provider
    finally:
        await provider.close()


async def pid_of(provider: Local) -> int:
    texts, _ = await ask(provider)
    return int(texts[0])


async def first_word(provider: Local, asked: Call) -> None:
    """Read one word of an answer, then go on holding it until cancelled."""
    async with aclosing(provider.stream(asked)) as items:
        async for _ in items:
            await asyncio.Event().wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int, within_s: float = 20.0) -> bool:
    until = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


def another_process(weights: Path) -> subprocess.Popen[str]:
    """A user of the same model: prints the server's pid, then waits to be told to end."""
    program = f"""
import asyncio, sys
from pathlib import Path
from tests.providers.test_local import pid_of, serving
async def main():
    async with serving(Path({str(weights)!r})) as provider:
        print(await pid_of(provider), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_nothing_runs_before_the_first_call(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            assert not provider.ready
            assert not (weights.parent / "run").exists()
            await ask(provider)
            assert provider.ready

    asyncio.run(scenario())


def test_callers_at_once_share_one_process(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            assert len({*await asyncio.gather(*(pid_of(provider) for _ in range(3)))}) == 1

    asyncio.run(scenario())


def test_closing_leaves_no_process(weights: Path) -> None:
    async def scenario() -> int:
        async with serving(weights) as provider:
            return await pid_of(provider)

    assert not alive(asyncio.run(scenario()))


def test_two_processes_share_one_server_until_the_last_leaves(weights: Path) -> None:
    async def scenario(other: subprocess.Popen[str]) -> int:
        shared = await asyncio.to_thread(told_pid, other)
        async with serving(weights) as provider:
            assert await pid_of(provider) == shared
            await asyncio.to_thread(other.communicate, "end\n")
            assert await pid_of(provider) == shared
        return shared

    with another_process(weights) as other:
        assert not alive(asyncio.run(scenario(other)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_user_leaves_no_server(weights: Path, number: signal.Signals) -> None:
    with another_process(weights) as user:
        server = told_pid(user)
        assert alive(server)
        user.send_signal(number)
        user.communicate()
    assert gone(server)


def test_a_crash_fails_the_calls_in_flight_and_the_next_call_starts_anew(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            before = await pid_of(provider)
            held = asyncio.create_task(failure(provider, call("hold")))
            crashed = await failure(provider, call("crash"))
            assert isinstance(crashed, ServerFailed)
            assert isinstance(await held, ServerFailed)
            assert "ask again" in str(crashed)
            assert await pid_of(provider) != before

    asyncio.run(scenario())


def test_a_live_server_that_hangs_up_without_a_word_is_asked_again(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            before = await pid_of(provider)
            texts, _ = await ask(provider, call("hang up"))
            assert int(texts[0]) == before

    asyncio.run(scenario())


def test_a_crash_between_calls_is_not_noticed(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            before = await pid_of(provider)
            os.kill(before, signal.SIGKILL)
            assert await asyncio.to_thread(gone, before)
            assert await pid_of(provider) != before

    asyncio.run(scenario())


def test_callers_beyond_slots_and_queue_are_turned_away(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            await provider.warm()
            held = [asyncio.create_task(first_word(provider, call("hold"))) for _ in range(3)]
            await asyncio.sleep(0)
            turned_away = await failure(provider)
            assert isinstance(turned_away, QueueFull)
            assert "tiny: 3 callers" in str(turned_away)
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            await ask(provider)

    asyncio.run(scenario())


def test_who_gives_up_in_the_queue_does_not_blame_the_model(weights: Path) -> None:
    async def given_up(guarded: Guarded) -> None:
        with pytest.raises(TimeoutError):
            async with waiting(Patience(total_s=0.3)):
                await ask(guarded, call("hold"))

    async def scenario() -> None:
        breaker = Breaker("tiny", Rule(failures=1))
        async with serving(weights) as provider:
            await provider.warm()
            guarded = Guarded(provider, "tiny", breaker, Health())
            held = [asyncio.create_task(first_word(provider, call("hold"))) for _ in range(2)]
            await asyncio.sleep(0)
            await given_up(guarded)
            assert breaker.standing().state == "closed"
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            await given_up(guarded)
            assert breaker.standing().state == "open"

    asyncio.run(scenario())


def test_a_start_that_nobody_waits_for_any_more_leaves_no_process(weights: Path) -> None:
    async def scenario() -> int:
        async with serving(weights) as provider:
            task = asyncio.create_task(provider.warm())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return await pid_of(provider)

    assert not alive(asyncio.run(scenario()))


def test_the_key_is_readable_by_this_user_only(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            await ask(provider)
            run = weights.parent / "run"
            assert run.stat().st_mode & 0o077 == 0
            assert [f.name for f in run.iterdir() if f.stat().st_mode & 0o077] == []

    asyncio.run(scenario())


def test_a_stranger_at_the_recorded_address_is_not_used(weights: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            mine = await pid_of(provider)
            recorded = json.loads(next((tmp_path / "run").glob("*.json")).read_bytes())
            copy = tmp_path / "copy"
            copy.mkdir()
            (copy / "tiny.gguf").write_bytes(b"GGUF")
            async with serving(copy / "tiny.gguf") as other:
                await other.warm()
                state = next((copy / "run").glob("*.json"))
                os.kill(json.loads(state.read_bytes())["pid"], signal.SIGKILL)
                assert await asyncio.to_thread(gone, json.loads(state.read_bytes())["pid"])
                state.write_text(json.dumps({**recorded, "key": "guessed"}))
                assert await pid_of(other) != mine

    asyncio.run(scenario())


@pytest.mark.parametrize("state", ["", "{}", '{"url": 1}', "[]"])
def test_an_unreadable_record_is_replaced(weights: Path, state: str) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            await provider.warm()
        next((weights.parent / "run").glob("*.json")).write_text(state)
        async with serving(weights) as again:
            await ask(again)

    asyncio.run(scenario())


def test_weights_that_cannot_be_loaded_say_why_and_leave_nothing_running(weights: Path) -> None:
    weights.write_bytes(b"")

    async def scenario() -> None:
        async with serving(weights) as provider:
            refused = await failure(provider)
            assert isinstance(refused, ServerFailed)
            assert "failed to load model" in str(refused)
            assert "workbench models pull tiny" in str(refused)
            await asyncio.to_thread(weights.write_bytes, b"GGUF")
            await ask(provider)

    asyncio.run(scenario())


def test_missing_weights_name_the_command_that_brings_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(tmp_path / "tiny.gguf") as provider:
            assert "`workbench models pull tiny`" in str(await failure(provider))

    asyncio.run(scenario())


def test_a_closed_provider_starts_nothing(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights) as provider:
            await provider.close()
            assert "shutting down" in str(await failure(provider))

    asyncio.run(scenario())


def test_a_model_id_is_never_a_path(weights: Path) -> None:
    async def scenario() -> None:
        async with serving(weights, replace(MODEL, id="../../evil\n")) as provider:
            await ask(provider)

    asyncio.run(scenario())
    assert {p.name for p in weights.parent.iterdir()} == {"run", "tiny.gguf"}


@pytest.mark.parametrize(("quota", "share"), [("100000 100000\n", 1), ("50000 100000\n", 1), ("garbage", None)])
def test_a_containers_share_of_the_cores_counts(tmp_path: Path, quota: str, share: int | None) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    assert cores(tmp_path / "cpu.max") == (share or cores(tmp_path / "none"))
