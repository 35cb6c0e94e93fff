from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

import pytest

from strategies.fixed import Fixed
from tests.pool import Pool, events_of, model, prompt
from workbench.errors import BadParameter
from workbench.events import CallFailed, Delta, Event, Finished, fold
from workbench.services.run import execute, stream
from workbench.session import Session
from workbench.strategy import Strategy
from workbench.types import Answer, Prompt

HUNG = model("small", 1.0, fault={"name": "hang", "after": 3})


@dataclass
class Buggy(Strategy):
    async def run(self, prompt: Prompt, session: Session) -> Answer:
        await session.ask("small")
        raise RuntimeError("the password is swordfish")


@dataclass
class Refusing(Strategy):
    async def run(self, prompt: Prompt, session: Session) -> Answer:
        raise BadParameter("refusing.x must be at least 1")


def test_a_run_ends_with_its_answer_cost_and_time() -> None:
    events = asyncio.run(events_of(Fixed(), prompt()))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.answer is not None
    assert last.cost_usd == last.answer.reply.cost_usd
    assert last.latency_s >= last.answer.reply.latency_s
    assert (last.error, last.kind) == ("", "")


def test_an_error_of_ours_is_told_as_it_is() -> None:
    (last,) = asyncio.run(events_of(Refusing(), prompt()))
    assert isinstance(last, Finished)
    assert (last.answer, last.error, last.kind) == (None, "refusing.x must be at least 1", "error")


def test_an_empty_pool_is_told_as_one_and_no_strategy_is_asked() -> None:
    (last,) = asyncio.run(events_of(Buggy(), prompt(models=())))
    assert isinstance(last, Finished)
    assert last.kind == "error"
    assert "the model pool is empty: choose at least one model" in last.error


def test_a_bug_ends_the_run_is_logged_and_tells_the_user_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        run = fold(asyncio.run(events_of(Buggy(), prompt())))
    assert run.kind == "bug"
    assert "swordfish" not in run.error
    assert run.cost_usd > 0
    assert caplog.records[0].exc_info is not None
    assert "swordfish" in caplog.text


def test_cancelling_ends_the_run_and_reaches_the_caller() -> None:
    seen: list[Event] = []

    async def go() -> bool:
        task = asyncio.ensure_future(execute(Fixed(), prompt(models=(HUNG,)), Pool((HUNG,)), seen.append))
        await asyncio.sleep(0.02)
        assert isinstance(seen[-1], Delta)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(go())
    assert [type(e) for e in seen[-2:]] == [CallFailed, Finished]
    run = fold(seen)
    assert run.kind == "stopped"
    assert run.cost_usd == run.attempts[0].cost_usd > 0


def test_a_stream_ends_after_finished() -> None:
    async def go() -> list[Event]:
        return [e async for e in stream(Fixed(), prompt(), Pool())]

    assert isinstance(asyncio.run(go())[-1], Finished)


def test_a_stream_takes_the_runs_limits() -> None:
    async def go() -> list[Event]:
        limits = stream(Fixed(), prompt(models=(HUNG,)), Pool((HUNG,)), deadline_s=0.03, params={"max_tokens": 9})
        return [e async for e in limits]

    run = fold(asyncio.run(go()))
    assert run.kind == "deadline"
    assert run.attempts[0].call.params == {"max_tokens": 9}


def test_breaking_out_of_a_stream_and_closing_it_leaves_no_task() -> None:
    async def go() -> int:
        events = stream(Fixed(), prompt(models=(HUNG,)), Pool((HUNG,)))
        async for event in events:
            if isinstance(event, Delta):
                break
        await events.aclose()
        return len(asyncio.all_tasks())

    assert asyncio.run(go()) == 1


def test_another_sample_is_another_call() -> None:
    keys = {fold(asyncio.run(events_of(Fixed(), prompt(), sample=i))).attempts[0].call.key for i in (0, 0, 1)}
    assert len(keys) == 2
