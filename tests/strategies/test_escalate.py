"""A conversation moves to the strong model once its finished turns were judged wanting often enough, and stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from strategies import _check
from strategies.escalate import Escalate
from tests.pool import MODELS, events_of
from workbench.errors import ServerFailed
from workbench.events import Delta, Run, fold
from workbench.types import Call, Message, Prompt, Reply, Usage, assistant, user


class Talk:
    """A judge that finds every answer with `bad` in it wanting; down while `broken`."""

    def __init__(self) -> None:
        self.checks, self.broken = 0, False

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        text = "fine"
        if call.role == "check":
            self.checks += 1
            if self.broken:
                raise ServerFailed("down")
            text = "No." if "bad" in call.messages[-1].text else "Yes."
        yield Delta(text)
        yield Reply(text, Usage(5, 1), 1e-6, 0.1, 0.1)


def said(*answers: str) -> Prompt:
    turns: list[Message] = []
    for i, answer in enumerate(answers):
        turns += [user(f"question {i}"), assistant(answer)]
    return Prompt("p", (*turns, user("and now?")), MODELS)


def ask(strategy: Escalate, talk: Talk, *answers: str) -> Run:
    return fold(asyncio.run(events_of(strategy, said(*answers), talk)))


@pytest.mark.parametrize(
    ("answers", "model"),
    [
        ((), "small"),
        (("bad",), "small"),
        (("bad", "good"), "small"),
        (("bad", "bad"), "big"),
        (("bad", "good", "bad"), "big"),
    ],
)
def test_two_wanting_turns_move_the_conversation(answers: tuple[str, ...], model: str) -> None:
    done = ask(Escalate(), Talk(), *answers)
    assert done.answer is not None
    assert done.answer.model == model


def test_it_stays_strong_however_good_later_turns_are() -> None:
    done = ask(Escalate(), Talk(), "bad", "bad", "good", "good", "good")
    assert done.decision is not None
    assert (done.decision.model, done.decision.label) == ("big", "stays strong")


def test_each_turn_is_judged_once_and_none_after_the_move() -> None:
    strategy, talk = Escalate(), Talk()
    ask(strategy, talk, "bad")
    ask(strategy, talk, "bad", "bad")
    assert talk.checks == 2
    ask(strategy, talk, "bad", "bad", "good")
    assert talk.checks == 2


def test_after_a_restart_the_turns_are_judged_again_and_it_comes_to_the_same() -> None:
    done = ask(Escalate(), Talk(), "bad", "bad")
    assert done.decision is not None
    assert done.decision.label == "stays strong"


def test_a_judge_that_is_down_moves_nothing_and_is_told() -> None:
    talk = Talk()
    talk.broken = True
    done = ask(Escalate(), talk, "bad", "bad")
    assert done.decision is not None
    assert done.decision.model == "small"
    assert "2 not judged" in done.decision.why


def test_a_check_that_hangs_leaves_the_answer_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hangs(Talk):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            if call.role == "check":
                await asyncio.sleep(60)
            async for item in super().stream(call):
                yield item

    monkeypatch.setattr(_check, "LONGEST_S", 0.02)
    done = fold(asyncio.run(events_of(Escalate(), said("bad", "bad"), Hangs(), deadline_s=20.0)))
    assert done.text == "fine"
    assert [a.kind for a in done.attempts] == ["timeout", "timeout", ""]


def test_a_check_that_the_budget_does_not_allow_leaves_the_money_to_the_answer() -> None:
    talk = Talk()
    done = fold(asyncio.run(events_of(Escalate(), said("bad", "bad"), talk, budget_usd=3e-4)))
    assert (done.error, talk.checks) == ("", 0)
    assert done.decision is not None
    assert done.decision.model == "small"
    assert "2 not judged" in done.decision.why


def test_a_long_conversation_that_began_elsewhere_is_judged_a_few_turns_at_a_time() -> None:
    strategy, talk = Escalate(), Talk()
    answers = ["good"] * 6 + ["bad", "bad"]
    first = ask(strategy, talk, *answers)
    assert (talk.checks, first.answer and first.answer.model) == (4, "small")
    assert first.decision is not None
    assert "4 not judged" in first.decision.why
    second = ask(strategy, talk, *answers)
    assert (talk.checks, second.answer and second.answer.model) == (8, "big")


def test_a_check_is_not_asked_in_the_form_of_the_users_answer() -> None:
    asked: list[Call] = []

    class Seen(Talk):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            asked.append(call)
            async for item in super().stream(call):
                yield item

    params = {"response_format": {"type": "json_object"}, "stop": ["."], "max_completion_tokens": 900, "seed": 7}
    asyncio.run(events_of(Escalate(), said("good"), Seen(), params=params))
    check, answer = asked
    assert dict(check.params) == {"seed": 7, "max_tokens": 3, "temperature": 0}
    assert dict(answer.params) == params
