from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest

from strategies.cascade import Cascade
from tests.pool import Pool, events_of, model, prompt
from tests.recordings import recorded
from workbench.cascading import Answers
from workbench.errors import BadInput
from workbench.events import Delta, Run, fold
from workbench.types import Call, Model, Reply, Usage


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


RIGHT = np.random.default_rng(0).random(200) < 0.5


def fitted(**params: Any) -> Cascade:
    """The small model is right exactly where it is sure, half of the time; the big one nine times in ten."""
    rng = np.random.default_rng(1)
    quality = np.stack([RIGHT, rng.random(200) < 0.9], axis=1).astype(float)
    sure = np.where(RIGHT, -0.05, -3.0) + rng.normal(0, 0.02, 200)
    made = Cascade(**params)
    made.fit(
        recorded(
            quality,
            np.tile([1e-6, 1e-4], (200, 1)),
            models=(model("small", 0.1), model("big", 10.0)),
            logprob=np.stack([sure, sure], axis=1),
        )
    )
    return made


@pytest.mark.parametrize(("logprob", "chosen"), [(-0.05, "small"), (-3.0, "big")])
def test_a_fitted_cascade_weighs_what_a_later_model_adds(logprob: float, chosen: str) -> None:
    done = run(fitted(), model("small", 0.1, logprob=logprob))
    assert done.answer is not None
    assert done.answer.model == chosen
    assert done.decision is not None
    assert "a later model adds" in done.decision.why
    assert {"right", "adds", "mean log-probability"} <= set(done.decision.features)
    assert set(done.decision.thresholds) == {"adds_from"}


@pytest.mark.parametrize("params", [{"aim": "guarantee", "alpha": 0.02}, {"aim": "budget", "budget": 0.056}])
def test_every_aim_accepts_sure_drafts_and_escalates_unsure_ones(params: dict[str, Any]) -> None:
    for logprob, chosen in ((-0.05, "small"), (-3.0, "big")):
        done = run(fitted(**params), model("small", 0.1, logprob=logprob))
        assert done.answer is not None
        assert done.answer.model == chosen


def test_unfitted_it_says_that_its_threshold_is_naive() -> None:
    done = run(Cascade(), model("small", 0.1, logprob=-0.1))
    assert done.decision is not None
    assert "naive: no acceptor is fitted" in done.decision.why


def test_the_learned_acceptor_is_not_made_up_where_none_is_fitted() -> None:
    done = run(Cascade(acceptor="learned"), model("small", 0.1))
    assert "workbench fit cascade --data NAME" in done.error
    assert done.attempts == []


def test_a_fit_for_other_models_is_refused_with_its_mend() -> None:
    done = run(fitted(), model("tiny", 0.1))
    assert "cascade was fitted for small → big" in done.error
    assert "or set acceptor to naive" in done.error


def test_what_is_fitted_is_used_inside_a_larger_pool() -> None:
    pool = (model("tiny", 0.01), model("small", 0.1, logprob=-3.0), model("big", 10.0), model("huge", 99.0))
    done = fold(asyncio.run(events_of(fitted(), prompt(models=pool))))
    assert [a.call.model for a in done.attempts] == ["small", "big"]


def test_a_chain_asks_what_stands_between() -> None:
    pool = (model("small", 0.1, logprob=-2.0), model("mid", 1.0, logprob=-0.1), model("big", 10.0))
    done = fold(asyncio.run(events_of(Cascade(between=["mid"]), prompt(models=pool))))
    assert [(a.call.model, a.call.role) for a in done.attempts] == [("small", "draft"), ("mid", "draft")]
    assert done.answer is not None
    assert done.answer.model == "mid"


def test_samples_that_agree_are_accepted() -> None:
    done = run(Cascade(acceptor="agreement", samples=3), model("small", 0.1, text="4"))
    assert [a.call.model for a in done.attempts] == ["small"] * 3
    assert done.decision is not None
    assert "3 of 3 samples agree" in done.decision.why


def test_where_a_cascade_does_not_pay_one_model_answers_and_it_is_said() -> None:
    rng = np.random.default_rng(2)
    made = Cascade(lambda_=0.0)
    made.fit(recorded(np.stack([rng.random(100) < 0.2, rng.random(100) < 0.9], axis=1).astype(float)))
    done = run(made, model("small", 0.1, logprob=-0.5))
    assert [(a.call.model, a.call.role) for a in done.attempts] == [("big", "answer")]
    assert done.decision is not None
    assert done.decision.label == "no cascade"
    assert "does not pay" in done.decision.why


def test_too_few_prompts_are_refused() -> None:
    with pytest.raises(BadInput, match="20 prompts or more"):
        Cascade().fit(recorded(np.ones((5, 2))))


class Torn(Pool):
    """The small model says these texts, one for each sample."""

    def __init__(self, *texts: str) -> None:
        super().__init__((model("small", 0.1), model("big", 10.0)))
        self._texts = texts

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        if call.model == "small":
            yield Reply(self._texts[call.sample], Usage(10, 10), 1e-6, 0.1, 0.1)
            return
        async for item in super().stream(call):
            yield item


def voted(drafts: int = 3) -> Cascade:
    """Right exactly where all of three samples agree."""
    rng = np.random.default_rng(1)
    quality = np.stack([RIGHT, rng.random(200) < 0.9], axis=1).astype(float)
    share = np.log(np.where(RIGHT, 1.0, 1 / 3))
    made = Cascade(drafts=drafts)
    models = (model("small", 0.1), model("big", 10.0))
    share[0] = np.nan  # a failed draft has none
    logprob = np.stack([share, np.full(200, -0.1234)], axis=1)
    data = recorded(quality, np.tile([3e-6, 1e-4], (200, 1)), models=models, logprob=logprob)
    made.fit(data)
    asked = made.walk(made.survey(data.prompts, Answers.of(data))).asked
    assert set(asked[:, 0]) == {drafts}
    assert 0 < asked[:, 1].mean() < 1
    return made


@pytest.mark.parametrize(
    ("texts", "chosen", "share"), [(("4", "The answer is 4.", "4"), "small", 1.0), (("4", "5", "6"), "big", 1 / 3)]
)
def test_how_far_several_drafts_agree_is_their_confidence(texts: tuple[str, ...], chosen: str, share: float) -> None:
    asked = prompt(models=(model("small", 0.1), model("big", 10.0)))
    done = fold(asyncio.run(events_of(voted(), asked, Torn(*texts))))
    assert done.answer is not None
    assert done.answer.model == chosen
    assert [a.call.role for a in done.attempts[:3]] == ["draft"] * 3
    assert len(done.attempts) == 3 + (chosen == "big")
    assert done.decision is not None
    assert done.decision.features["logarithm of the share that agrees"] == pytest.approx(math.log(share))


def test_drafts_are_learned_from_as_many_samples_and_no_other_number() -> None:
    with pytest.raises(BadInput, match=r"record the drafting models anew with --samples MODEL=2"):
        voted(2)
    again = Cascade()
    again.restore(voted().state())
    done = run(again, model("small", 0.1, logprob=-0.1))
    assert "was fitted with drafts=3 and is asked with drafts=1" in done.error
    assert done.attempts == []
