from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strategies.cascade import Cascade
from tests.pool import events_of, model, prompt
from workbench.events import Run, fold
from workbench.types import Model


def run(strategy: Cascade, small: Model, big: Model | None = None, **limits: Any) -> Run:
    models = (small, big or model("big", 10.0))
    return fold(asyncio.run(events_of(strategy, prompt(models=models), **limits)))


def test_a_sure_draft_is_the_answer() -> None:
    done = run(Cascade(), model("small", 0.1, logprob=-0.1))
    assert done.answer is not None
    assert done.answer.model == "small"
    assert [a.call.role for a in done.attempts] == ["draft"]
    assert done.decision is not None
    assert done.decision.label == "accepted"


def test_an_unsure_draft_is_paid_for_and_escalated() -> None:
    done = run(Cascade(), model("small", 0.1, logprob=-2.0))
    assert [(a.call.model, a.call.role) for a in done.attempts] == [("small", "draft"), ("big", "answer")]
    assert done.decision is not None
    assert done.decision.label == "escalated"
    assert done.decision.scores["small"] < done.decision.scores["big"]
    assert done.cost_usd > done.attempts[1].cost_usd


def test_the_threshold_decides() -> None:
    for threshold, chosen in ((-3.0, "small"), (-1.0, "big")):
        done = run(Cascade(threshold=threshold), model("small", 0.1, logprob=-2.0))
        assert done.answer is not None
        assert done.answer.model == chosen


@pytest.mark.parametrize(("said", "chosen"), [("Yes.", "small"), ("no", "big"), ("perhaps", "big")])
def test_without_log_probabilities_the_cheap_model_checks_its_draft(said: str, chosen: str) -> None:
    done = run(Cascade(), model("small", 0.1, text=said))
    assert [a.call.role for a in done.attempts][:2] == ["draft", "check"]
    assert "Say hello." in done.attempts[1].call.messages[0].text
    assert done.answer is not None
    assert done.answer.model == chosen


def test_a_failed_draft_is_escalated() -> None:
    done = run(Cascade(), model("small", 0.1, fault="500"))
    assert done.answer is not None
    assert done.answer.model == "big"
    assert done.decision is not None
    assert "failed (server)" in done.decision.why


def test_the_deadline_is_not_escalated() -> None:
    assert run(Cascade(), model("small", 0.1, fault="hang"), deadline_s=0.05).kind == "deadline"


def test_one_model_for_both_answers_without_a_draft() -> None:
    done = run(Cascade(cheap="big", strong="big"), model("small", 0.1))
    assert [(a.call.model, a.call.role) for a in done.attempts] == [("big", "answer")]


def test_unknown_models_end_the_run_before_any_call() -> None:
    done = run(Cascade(strong="huge"), model("small", 0.1))
    assert done.error.startswith("cascade.strong: no model 'huge'")
    assert done.attempts == []
