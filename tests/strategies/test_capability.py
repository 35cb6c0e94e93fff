from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from strategies.capability import Capability
from strategies.cascade import Cascade
from strategies.fallback import Fallback
from strategies.fixed import Fixed
from strategies.knn import Knn
from tests.fitted import outcomes
from tests.pool import Pool, events_of, model, prompt
from workbench.errors import BadInput
from workbench.events import fold
from workbench.types import Image, Message, Model, Prompt, Text, ToolCall, ToolResult, user

PLAIN = replace(model("plain", 0.1), context=1000)
SEEING = replace(model("seeing", 1.0), capabilities=frozenset({"vision", "json"}), context=4000)
ABLE = replace(model("able", 10.0), capabilities=frozenset({"vision", "tools", "json", "logprobs"}), context=100_000)
POOL = (PLAIN, SEEING, ABLE)
PICTURE = Message("user", (Text("What is this?"), Image("data:image/png;base64,AA==")))
TOOLS: dict[str, Any] = {"tools": [{"type": "function", "function": {"name": "look"}}]}


def asked(*messages: Message, models: tuple[Model, ...] = POOL, **request: Any) -> Prompt:
    return Prompt("p", messages or (user("Hello"),), models, request=request)


def test_words_alone_leave_the_choice_to_the_inner_strategy() -> None:
    decision = Capability().decide(asked())
    assert decision.model == "plain"
    assert "left out" not in decision.why


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (asked(PICTURE), "seeing"),
        (asked(**TOOLS), "able"),
        (asked(user("Hi"), Message("assistant", (ToolCall("1", "look", "{}"),)), Message("tool", (ToolResult("1", "a"),))), "able"),
        (asked(response_format={"type": "json_object"}), "seeing"),
        (asked(response_format={"type": "json_schema", "json_schema": {}}), "seeing"),
        (asked(response_format={"type": "text"}), "plain"),
        (asked(logprobs=True), "able"),
        (asked(user("word " * 700)), "seeing"),
        (asked(max_tokens=3000), "seeing"),
        (asked(max_completion_tokens=50_000), "able"),
        (asked(PICTURE, **TOOLS), "able"),
    ],
)  # fmt: skip
def test_the_cheapest_model_that_can_is_taken(given: Prompt, chosen: str) -> None:
    assert Capability().decide(given).model == chosen


def test_says_who_was_left_out_and_why() -> None:
    decision = Capability().decide(asked(PICTURE))
    assert decision.why.startswith("left out plain (no vision and no context of 1,515 tokens (it has 1,000))")
    assert decision.features["needs"] == "vision"
    assert set(decision.scores) == {"plain", "seeing", "able"}
    assert decision.scores["plain"] < min(decision.scores["seeing"], decision.scores["able"])


def test_without_a_capable_model_it_says_what_each_lacks_and_what_to_add() -> None:
    with pytest.raises(BadInput) as refused:
        Capability().decide(asked(PICTURE, models=(PLAIN, model("other", 1.0)), **TOOLS))
    assert "plain lacks vision and tools and context of" in str(refused.value)
    assert "; other lacks vision and tools" in str(refused.value)
    assert "Add a model with vision, tools" in str(refused.value)


def test_the_request_fields_of_a_live_run_are_needs_too() -> None:
    done = fold(asyncio.run(events_of(Capability(), prompt(models=POOL), params=TOOLS)))
    assert [a.call.model for a in done.attempts] == ["able"]
    assert done.decision is not None
    assert done.decision.features["needs"] == "tools"


def test_what_wraps_models_that_fail_stays_among_the_capable() -> None:
    broken = tuple(replace(m, options={"fault": "500"}) for m in (PLAIN, SEEING))
    pool = (*broken, ABLE)
    done = fold(asyncio.run(events_of(Capability(Fallback()), Prompt("p", (PICTURE,), pool), Pool(pool))))
    assert [a.call.model for a in done.attempts] == ["seeing", "able"]
    assert done.answer is not None
    assert all(set(d.scores) == {"plain", "seeing", "able"} for d in done.decisions)


def test_a_model_that_was_left_out_cannot_be_asked() -> None:
    done = fold(asyncio.run(events_of(Capability(Fixed("plain")), Prompt("p", (PICTURE,), POOL))))
    assert done.answer is None
    assert "no model 'plain' in this pool" in done.error


def test_around_a_strategy_that_looks_at_answers_it_can_be_run_and_not_asked() -> None:
    around = Capability(Cascade())
    assert not around.decides
    assert Capability().decides
    assert not Capability(around).decides
    with pytest.raises(BadInput, match="cascade inside capability decides only while it asks"):
        around.decide(asked())
    done = fold(asyncio.run(events_of(around, asked(PICTURE))))
    assert {a.call.model for a in done.attempts} <= {"seeing", "able"}
    assert done.answer is not None


def test_what_the_inner_strategy_learned_is_kept_under_its_name() -> None:
    learned = Capability(Knn())
    learned.fit(outcomes())
    state = learned.state()
    again = Capability(Knn())
    again.restore(state)
    assert again.decide(prompt()) == learned.decide(prompt())
    other = Capability()
    other.restore(state)
    assert other.state() == {}
