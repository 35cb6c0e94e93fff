"""Several models' answers become one: by vote, by a judge, by a merger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

import pytest

from strategies.ensemble import Ensemble
from tests.pool import MODELS, events_of, prompt
from workbench.errors import ServerFailed
from workbench.events import Delta, Run, fold
from workbench.types import Call, Image, Message, Reply, Text, Usage


class Panel:
    """Answers by model and role; None is a failure."""

    def __init__(self, answers: Mapping[str, str | None], judge: str = "1") -> None:
        self.answers, self.judge, self.calls = answers, judge, list[Call]()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.calls.append(call)
        text = self.answers[call.model] if call.role == "draft" else self.judge
        if text is None:
            raise ServerFailed(f"{call.model} is down")
        yield Delta(text)
        yield Reply(text, Usage(5, 1), 1e-6, 0.1, 0.1)


def run(panel: Panel, strategy: Ensemble) -> Run:
    return fold(asyncio.run(events_of(strategy, prompt("What is 2 + 2?"), panel)))


def test_the_majority_of_models_answers() -> None:
    done = run(Panel({"small": "5", "mid": "4", "big": "The answer is 4"}), Ensemble())
    assert done.answer is not None
    assert done.answer.model == "mid"
    assert done.decision is not None
    assert done.decision.scores == {
        "small": pytest.approx(1 / 3),
        "mid": pytest.approx(2 / 3),
        "big": pytest.approx(2 / 3),
    }


def test_a_judge_picks_by_number_and_never_sees_a_models_name() -> None:
    panel = Panel({"small": "one", "mid": "two", "big": "three"}, judge="Answer 2")
    done = run(panel, Ensemble(how="judge"))
    assert done.text == "two"
    judged = panel.calls[-1]
    assert (judged.model, judged.role) == ("big", "judge")
    assert not any(m.id in judged.messages[-1].text for m in MODELS)


@pytest.mark.parametrize("said", ["I cannot say", "9", "0"])
def test_a_judge_that_names_no_answer_leaves_it_to_the_vote_and_that_is_told(said: str) -> None:
    done = run(Panel({"small": "5", "mid": "4", "big": "4"}, judge=said), Ensemble(how="judge"))
    assert done.text == "4"
    assert done.decision is not None
    assert "named none" in done.decision.why


def test_a_merger_writes_the_answer_out_of_all() -> None:
    panel = Panel({"small": "red", "mid": "green", "big": "blue"}, judge="white")
    done = run(panel, Ensemble(how="merge", judge="mid"))
    assert (done.text, done.answer.model if done.answer else "") == ("white", "mid")
    assert all(word in panel.calls[-1].messages[-1].text for word in ("red", "green", "blue", "What is 2 + 2?"))
    assert done.cost_usd == pytest.approx(4e-6)


@pytest.mark.parametrize("how", ["judge", "merge"])
def test_where_who_makes_one_of_them_fails_the_vote_decides_and_that_is_told(how: str) -> None:
    class Down(Panel):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            if call.role != "draft":
                raise ServerFailed("big is down")
            async for item in super().stream(call):
                yield item

    done = run(Down({"small": "5", "mid": "4", "big": "4"}), Ensemble(how=how))
    assert (done.text, done.error) == ("4", "")
    assert done.decision is not None
    assert f"big could not {how} (server); 2 of 3 models agree" in done.decision.why
    assert [a.kind for a in done.attempts] == ["", "", "", "server"]


@pytest.mark.parametrize("how", ["majority", "judge", "merge"])
def test_when_the_runs_time_ends_those_vote_who_have_answered(how: str) -> None:
    class Hangs(Panel):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            if call.model == "big":
                await asyncio.sleep(60)
            async for item in super().stream(call):
                yield item

    panel = Hangs({"small": "4", "mid": "4", "big": "5"})
    done = fold(asyncio.run(events_of(Ensemble(how=how), prompt(), panel, deadline_s=0.3)))
    assert (done.text, done.error) == ("4", "")
    assert done.decision is not None
    assert ("1 failed; 2 of 2" if how == "majority" else f"big could not {how} (deadline)") in done.decision.why


def test_failed_models_take_no_part() -> None:
    done = run(Panel({"small": None, "mid": None, "big": "4"}), Ensemble(how="judge"))
    assert done.text == "4"
    assert [a.kind for a in done.attempts] == ["server", "server", ""]


@pytest.mark.parametrize("how", ["judge", "merge"])
def test_a_judge_sees_all_that_the_question_came_with(how: str) -> None:
    picture = Message("user", (Text("What is on it?"), Image("data:image/png;base64,AA")))
    panel = Panel({"small": "a", "mid": "b", "big": "c"})
    asyncio.run(events_of(Ensemble(how=how), replace(prompt(), messages=(picture,)), panel))
    shown = panel.calls[-1].messages[-1]
    assert shown.parts[: len(picture.parts)] == picture.parts
    assert "Answer 3:" in shown.text
