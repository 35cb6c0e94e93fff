"""Self-consistency: samples of one model vote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from strategies.best_of import BestOf
from tests.pool import events_of, model, prompt
from workbench.errors import ServerFailed
from workbench.events import Delta, Run, fold
from workbench.types import Call, Model, Reply, Usage

SMALL = (model("small", 0.1), model("big", 10.0))


class Sampler:
    """Answers each sample with the next of these texts; an empty one is a failure."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.calls = texts, list[Call]()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.calls.append(call)
        text = self.texts[call.sample]
        if not text:
            raise ServerFailed("down")
        yield Delta(text)
        yield Reply(text, Usage(5, 1), 1e-6, 0.1 * (call.sample + 1), 0.1, logprob=-float(call.sample))


def run(provider: Sampler, strategy: BestOf) -> Run:
    return fold(asyncio.run(events_of(strategy, prompt(models=SMALL), provider)))


def test_the_answer_most_samples_agree_on_is_taken() -> None:
    done = run(Sampler("4", "The answer is 5", "5"), BestOf(n=3))
    assert done.text == "The answer is 5"  # the surer of the two that agree
    assert done.decision is not None
    assert done.decision.scores == {"small": pytest.approx(2 / 3), "big": 0.0}
    assert done.decision.label == "agreed"


def test_every_sample_is_paid_for_and_they_are_drawn_at_its_temperature() -> None:
    provider = Sampler("1", "2", "3", "4", "5")
    done = run(provider, BestOf(temperature=0.9))
    assert done.cost_usd == pytest.approx(5e-6)
    assert {call.params["temperature"] for call in provider.calls} == {0.9}
    assert sorted(call.sample for call in provider.calls) == [0, 1, 2, 3, 4]
    assert done.decision is not None
    assert done.decision.label == "split"


def test_failed_samples_do_not_vote_and_are_told() -> None:
    done = run(Sampler("", "6", ""), BestOf(n=3))
    assert done.text == "6"
    assert done.decision is not None
    assert "2 failed" in done.decision.why


def test_with_money_for_some_samples_those_vote() -> None:
    class AtOnce(Sampler):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            await asyncio.sleep(0.01)  # until all have reserved what they may cost
            async for item in super().stream(call):
                yield item

    asked, limits = prompt(models=(Model("small", 0.0, 1.0),)), {"params": {"max_tokens": 10}, "budget_usd": 2.5e-5}
    done = fold(asyncio.run(events_of(BestOf(n=3), asked, AtOnce("6", "6", "7"), **limits)))
    assert done.text == "6"
    assert done.decision is not None
    assert done.decision.why == "2 of 2 answers agree; they come to 1 value; 1 failed"
    assert done.cost_usd <= 2.5e-5


def test_when_all_samples_fail_the_failure_is_the_runs() -> None:
    done = run(Sampler("", ""), BestOf(n=2))
    assert done.answer is None
    assert done.kind == "server"
