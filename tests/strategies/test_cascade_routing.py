from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from strategies.cascade_routing import CascadeRouting
from tests.pool import events_of, model, prompt
from tests.recordings import recorded
from workbench.errors import BadInput
from workbench.events import Run, fold
from workbench.types import Model

SURE, UNSURE = model("small", 0.1, logprob=-0.05), model("small", 0.1, logprob=-3.0)
BIG = model("big", 10.0)


def fitted(**params: Any) -> CascadeRouting:
    """The small model is right exactly where it is sure, half of the time; the big one nine times in ten."""
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.5
    quality = np.stack([right, rng.random(200) < 0.9], axis=1).astype(float)
    sure = np.where(right, -0.05, -3.0) + rng.normal(0, 0.02, 200)
    cost = np.tile([1e-6, 1e-4], (200, 1))
    made = CascadeRouting(**params)
    made.fit(recorded(quality, cost, models=(SURE, BIG), logprob=np.stack([sure, sure], axis=1)))
    return made


def run(strategy: CascadeRouting, *models: Model, **limits: Any) -> Run:
    return fold(asyncio.run(events_of(strategy, prompt(models=models), **limits)))


@pytest.mark.parametrize(("small", "chosen"), [(SURE, "small"), (UNSURE, "big")])
def test_it_stops_at_a_sure_draft_and_asks_on_after_an_unsure_one(small: Model, chosen: str) -> None:
    done = run(fitted(), small, BIG)
    assert done.answer is not None
    assert done.answer.model == chosen
    assert done.attempts[0].call.role == "draft"
    assert done.decision is not None
    assert "expected quality" in done.decision.why
    assert set(done.decision.features) == {"quality of small", "quality of big"}


def test_the_dearest_model_answers_the_reader_directly() -> None:
    done = run(fitted(), UNSURE, BIG)
    assert [(a.call.model, a.call.role) for a in done.attempts] == [("small", "draft"), ("big", "answer")]


def test_only_cost_counts_at_lambda_1() -> None:
    done = run(fitted(lambda_=1.0), UNSURE, BIG)
    assert [a.call.model for a in done.attempts] == ["small"]
    assert done.decision is not None
    assert done.decision.label == "no cascade"


def test_a_failed_draft_is_left_out_and_the_others_asked() -> None:
    done = run(fitted(), model("small", 0.1, fault="500"), BIG)
    assert done.answer is not None
    assert done.answer.model == "big"


@pytest.mark.parametrize("limits", [{}, {"budget_usd": 1e-3}])
def test_where_the_dearer_model_fails_the_draft_at_hand_is_kept_and_that_is_told(limits: dict[str, float]) -> None:
    big = model("big", 10.0) if limits else model("big", 10.0, fault="500")
    done = run(fitted(), UNSURE, big, **limits)
    assert done.answer is not None, done.error
    assert done.answer.model == "small"
    assert done.decision is not None
    assert done.decision.why.endswith(f"; without big ({'budget' if limits else 'server'})")
    assert done.cost_usd <= limits.get("budget_usd", 1.0)


def test_the_deadline_ends_it() -> None:
    assert run(fitted(), model("small", 0.1, fault="hang"), BIG, deadline_s=0.05).kind == "deadline"


def test_unfitted_or_unknown_models_are_refused_before_any_call() -> None:
    done = run(CascadeRouting(), SURE, BIG)
    assert "workbench fit cascade_routing --data" in done.error
    done = run(fitted(), SURE, model("new", 1.0))
    assert "knows nothing of new" in done.error
    assert done.attempts == []


def test_too_few_prompts_are_refused() -> None:
    with pytest.raises(BadInput, match=r"20 prompts or more"):
        CascadeRouting().fit(recorded(np.ones((5, 2))))


def test_part_of_the_fitted_pool_is_enough() -> None:
    assert [a.call.model for a in run(fitted(), BIG).attempts] == ["big"]
