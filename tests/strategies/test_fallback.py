from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strategies.cascade import Cascade
from strategies.fallback import Fallback
from strategies.fixed import Fixed
from tests.pool import Pool, events_of, model, prompt
from workbench.events import Delta, Run, fold
from workbench.types import Model

BROKEN = model("small", 0.1, fault="500")


def run(strategy: Fallback, *models: Model, **limits: Any) -> Run:
    return fold(asyncio.run(events_of(strategy, prompt(models=models), Pool(models), **limits)))


def test_the_next_model_of_the_pool_answers_and_the_trace_shows_the_failed_call() -> None:
    done = run(Fallback(), BROKEN, model("mid", 1.0, fault="refused"), model("big", 10.0))
    assert [(a.call.model, a.kind) for a in done.attempts] == [("small", "server"), ("mid", "server"), ("big", "")]
    assert done.answer is not None
    assert [d.model for d in done.decisions] == ["small", "mid", "big"]
    assert done.decisions[1].scores == {"small": 0.0, "mid": 1.0, "big": 0.5}


def test_a_model_that_hangs_is_left_after_the_timeout() -> None:
    done = run(Fallback(timeout_s=0.03), model("small", 0.1, fault="hang"), model("big", 10.0))
    assert [a.kind for a in done.attempts] == ["timeout", ""]
    assert done.answer is not None


def test_an_answer_that_broke_off_is_started_again_and_paid_for() -> None:
    small = model("small", 0.1, fault={"name": "cut", "after": 5})
    events = asyncio.run(events_of(Fallback(), prompt(models=(small, model("big", 10.0)))))
    done = fold(events)
    assert {e.n for e in events if isinstance(e, Delta)} == {0, 1}
    assert done.attempts[0].text
    assert done.attempts[0].cost_usd > 0
    assert done.text == done.attempts[1].text


def test_when_every_model_fails_the_last_error_is_told() -> None:
    done = run(Fallback(), BROKEN, model("big", 10.0, fault="429"))
    assert done.kind == "rate_limited"
    assert len(done.attempts) == 2


@pytest.mark.parametrize(("limit", "kind"), [({"deadline_s": 0.05}, "deadline"), ({"budget_usd": 1e-9}, "budget")])
def test_spent_money_and_time_end_the_run(limit: dict[str, float], kind: str) -> None:
    done = run(Fallback(timeout_s=9), model("small", 0.1, fault="hang"), model("big", 10.0), **limit)
    assert done.kind == kind
    assert len(done.attempts) <= 1


def test_a_refused_draft_is_better_than_no_answer() -> None:
    small = model("small", 0.1, logprob=-9.0)
    done = run(Fallback(Cascade()), small, model("big", 10.0, fault="500"))
    assert [(a.call.model, a.call.role) for a in done.attempts] == [
        ("small", "draft"),
        ("big", "answer"),
        ("small", "answer"),
    ]
    assert done.answer is not None


def test_models_not_asked_yet_come_before_a_refused_draft() -> None:
    small = model("small", 0.1, logprob=-9.0)
    done = run(Fallback(Cascade()), small, model("mid", 1.0), model("big", 10.0, fault="500"))
    assert done.answer is not None
    assert done.answer.model == "mid"


def test_it_may_wrap_itself() -> None:
    done = run(Fallback(Fallback(Fixed("big"))), BROKEN, model("big", 10.0, fault="500"))
    assert [a.call.model for a in done.attempts] == ["big", "small"]


def test_a_mistake_in_a_parameter_is_not_caught() -> None:
    assert "no model 'huge'" in run(Fallback(Fixed("huge")), BROKEN).error
