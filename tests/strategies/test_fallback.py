from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from strategies._narrowing import Narrowing
from strategies.capability import Capability
from strategies.cascade import Cascade
from strategies.domain import Domain
from strategies.fallback import Fallback
from strategies.fixed import Fixed
from strategies.knn import Knn
from strategies.language import Language
from tests.fitted import outcomes
from tests.lately import lately
from tests.pool import MODELS, Pool, events_of, model, prompt
from workbench.errors import AuthFailed, BadInput, ContextTooLong
from workbench.events import Delta, Run, fold
from workbench.health import Health, Standing
from workbench.session import RecordedClock
from workbench.types import Call, Model, Reply

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


def test_a_stream_that_breaks_before_its_first_token_is_replaced_unnoticed() -> None:
    events = asyncio.run(events_of(Fallback(), prompt(models=(model("small", 0.1, fault="cut"), model("big", 10.0)))))
    done = fold(events)
    assert {e.n for e in events if isinstance(e, Delta)} == {1}
    assert [a.kind for a in done.attempts] == ["cut", ""]
    assert done.answer is not None
    assert not done.cut


@pytest.mark.parametrize("fault", ["cut", "hang", "garbage"])
def test_after_the_first_token_what_came_is_kept_marked_cut_and_paid_for(fault: str) -> None:
    small = model("small", 0.1, fault={"name": fault, "after": 5})
    events = asyncio.run(events_of(Fallback(timeout_s=0.05), prompt(models=(small, model("big", 10.0)))))
    done = fold(events)
    (attempt,) = done.attempts
    assert done.answer is not None
    assert done.cut
    assert done.text == attempt.text == "".join(e.text for e in events if isinstance(e, Delta)) != ""
    assert attempt.error
    assert done.ttft_s is not None
    assert done.cost_usd == attempt.cost_usd == done.answer.reply.cost_usd > 0


def test_an_answer_that_the_deadline_cut_is_kept_too() -> None:
    small = model("small", 0.1, fault={"name": "hang", "after": 5})
    done = run(Fallback(), small, model("big", 10.0), deadline_s=0.05)
    assert done.cut
    assert [a.kind for a in done.attempts] == ["deadline"]


def test_a_model_silent_for_too_long_is_left_before_the_whole_call_is_over() -> None:
    done = run(Fallback(first_token_s=0.03), model("small", 0.1, latency_s=5), model("big", 10.0))
    assert [a.kind for a in done.attempts] == ["timeout", ""]
    assert "sent nothing within 0.03 s" in done.attempts[0].error


def test_when_every_model_fails_the_last_error_is_told() -> None:
    done = run(Fallback(retries=0), BROKEN, model("big", 10.0, fault="429"))
    assert done.kind == "rate_limited"
    assert len(done.attempts) == 2


def waits(done: Run) -> list[float]:
    """Pauses between the calls of a run, in seconds."""
    ends = [a.ended_s or 0.0 for a in done.attempts]
    return [round(b.started_s - end, 3) for end, b in zip(ends, done.attempts[1:], strict=False)]


def test_a_chain_of_six_asks_each_once_and_then_again_as_often_as_there_are_retries() -> None:
    pool = tuple(model(f"m{i}", 1.0 + i, fault="500") for i in range(6))
    done = run(Fallback(retries=3, backoff_s=1.0), *pool, clock=RecordedClock())
    assert [a.call.model for a in done.attempts] == ["m0", "m1", "m2", "m3", "m4", "m5", "m0", "m1", "m2"]
    assert "retry 3" in done.decisions[-1].why
    assert (done.kind, done.answer) == ("server", None)


def test_pauses_double_vary_with_the_prompt_and_are_the_same_in_a_replay() -> None:
    def pauses(id: str) -> list[float]:
        asked = prompt(id=id, models=(model("small", 0.1, fault="500"),))
        events = asyncio.run(events_of(Fallback(retries=4, backoff_s=1.0), asked, clock=RecordedClock()))
        return waits(fold(events))

    first = pauses("p")
    assert all(0.5 * 2**i <= pause <= 2**i for i, pause in enumerate(first))
    assert pauses("p") == first != pauses("q")


def limited(id: str, retry_after_s: float) -> Model:
    return model(id, 1.0, fault={"name": "429", "first": 1, "retry_after_s": retry_after_s})


def test_a_retry_after_is_waited_for_where_no_other_model_is_left() -> None:
    done = run(Fallback(), limited("small", 40.0), clock=RecordedClock(), deadline_s=60.0)
    assert [a.kind for a in done.attempts] == ["rate_limited", ""]
    assert waits(done) == [pytest.approx(40.0, abs=0.1)]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    done = run(Fallback(), limited("small", 90.0), clock=RecordedClock(), deadline_s=60.0)
    assert [a.kind for a in done.attempts] == ["rate_limited"]
    assert done.kind == "rate_limited"
    assert done.latency_s < 1


def test_who_may_be_asked_soonest_is_asked_again_first() -> None:
    done = run(Fallback(), limited("a", 40.0), limited("b", 20.0), clock=RecordedClock(), deadline_s=60.0)
    assert [a.call.model for a in done.attempts] == ["a", "b", "b"]
    assert done.answer is not None


def test_a_refused_key_or_request_is_not_sent_again() -> None:
    class Refusing:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            raise AuthFailed("no key") if call.model == "small" else ContextTooLong("too long")
            yield

    asked = prompt(models=(model("small", 0.1), model("big", 10.0)))
    done = fold(asyncio.run(events_of(Fallback(), asked, Refusing(), clock=RecordedClock())))
    assert [a.kind for a in done.attempts] == ["auth", "context"]


def test_models_stand_in_in_the_order_that_was_set_and_no_others() -> None:
    pool = tuple(model(m, 1.0, fault="500") for m in ("a", "b", "c", "d"))
    done = run(Fallback(Fixed("a"), models=["d", "c"], retries=0), *pool)
    assert [a.call.model for a in done.attempts] == ["a", "d", "c"]
    assert "no model 'x' in this pool" in run(Fallback(models=["x"]), *pool).error


def test_an_endpoint_that_is_left_alone_stands_in_last() -> None:
    seen = Health()
    seen.watch("b", lambda: Standing("open", 9.0, "5 calls failed in a row"))
    pool = (model("a", 1.0, fault="500"), model("b", 1.0), model("c", 1.0))
    with lately(seen):
        assert [a.call.model for a in run(Fallback(Fixed("a")), *pool).attempts] == ["a", "c"]


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
    done = run(Fallback(Fallback(Fixed("big"), retries=0), retries=0), BROKEN, model("big", 10.0, fault="500"))
    assert [a.call.model for a in done.attempts] == ["big", "small"]


def test_a_mistake_in_a_parameter_is_not_caught() -> None:
    assert "no model 'huge'" in run(Fallback(Fixed("huge")), BROKEN).error


@pytest.mark.parametrize("inner", [Capability, Domain, Language])
def test_around_what_narrows_the_pool_it_is_refused_and_says_what_to_do(inner: type[Narrowing]) -> None:
    with pytest.raises(BadInput, match="put fallback inside it"):
        Fallback(inner())
    assert inner(inner=Fallback()).inner == Fallback()


def test_what_it_wraps_learns_through_it() -> None:
    learned = Fallback(Knn())
    learned.fit(outcomes())
    again = Fallback(Knn())
    again.restore(learned.state())
    assert again.inner.state().keys() == Knn().state().keys() | learned.inner.state().keys()
    assert run(again, *MODELS).answer is not None
