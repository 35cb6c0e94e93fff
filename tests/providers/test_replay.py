from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.providers.asking import ask, call, failure
from workbench.errors import NotRecorded, RateLimited
from workbench.providers.replay import Replay
from workbench.types import Outcome, Reply, Usage

REPLY = Reply("hello", Usage(3, 1), 0.01, 2.5, 0.5)


def recorded(*outcomes: Outcome) -> Replay:
    return Replay({outcome.call.key: outcome for outcome in outcomes})


def test_a_recorded_call_gets_its_recorded_reply() -> None:
    replay = recorded(Outcome(call("a"), REPLY))
    assert asyncio.run(ask(replay, call("a"))) == (["hello"], REPLY)


def test_what_a_call_is_for_does_not_matter_but_its_sample_does() -> None:
    replay = recorded(Outcome(call("a"), REPLY))
    assert asyncio.run(ask(replay, replace(call("a"), role="draft")))[1] == REPLY
    assert isinstance(asyncio.run(failure(replay, replace(call("a"), sample=1))), NotRecorded)


def test_a_call_that_was_not_recorded_is_never_guessed() -> None:
    error = asyncio.run(failure(recorded(Outcome(call("a"), REPLY)), call("a", temperature=1.0)))
    assert isinstance(error, NotRecorded)
    assert "the 1 recorded" in str(error)


def test_a_recorded_failure_fails_again_in_the_same_way() -> None:
    replay = recorded(Outcome(call("a"), REPLY, error="rate_limited: too many requests"))
    error = asyncio.run(failure(replay, call("a")))
    assert isinstance(error, RateLimited)
    assert str(error) == "too many requests"
