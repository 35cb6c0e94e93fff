from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from tests.pool import MODELS, Pool, model, prompt
from workbench.errors import (
    BadReply,
    BudgetSpent,
    CallError,
    CallTimeout,
    DeadlinePassed,
    ServerFailed,
    StreamCut,
    UnknownModel,
)
from workbench.events import CallFailed, CallFinished, CallStarted, Decided, Delta, Event
from workbench.patience import Patience, queued
from workbench.providers.replay import Replay
from workbench.session import Ledger, Provider, RecordedClock, Session
from workbench.types import Call, Decision, Model, Outcome, Reply, Usage, user


def live(*models: Model, **limits: Any) -> tuple[Session, list[Event]]:
    """A session over scripted models, and the events it emits."""
    seen: list[Event] = []
    pool = models or MODELS
    return Session(prompt(models=pool), Pool(pool), seen.append, **limits), seen


def recorded(latencies: dict[str, float], **limits: Any) -> tuple[Session, list[Event]]:
    """A session over one recorded answer of each model, with recorded time."""
    asked = prompt(models=tuple(Model(m, 1.0, 1.0) for m in latencies))
    calls = {m: Call(m, asked.messages) for m in latencies}
    rows = {c.key: Outcome(c, Reply("ok", Usage(1, 1), 0.01, latencies[m], 0.1)) for m, c in calls.items()}
    seen: list[Event] = []
    return Session(asked, Replay(rows), seen.append, clock=RecordedClock(), **limits), seen


class Silent:
    """A provider that ends without a reply."""

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        yield Delta("only this")


class Broken:
    """A provider with a bug."""

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        await asyncio.sleep(0)
        yield Delta("x")
        raise KeyError("bug")


class SlowToClose:
    """A provider whose clean-up hangs after the reply."""

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        try:
            yield Reply("late", Usage(1, 1), 0.01, 0.0, 0.0)
        finally:
            await asyncio.sleep(60)


def test_a_call_tells_its_beginning_its_words_and_its_end() -> None:
    session, seen = live()
    reply = asyncio.run(session.ask("small"))
    assert isinstance(seen[0], CallStarted)
    assert isinstance(seen[-1], CallFinished)
    assert "".join(e.text for e in seen if isinstance(e, Delta)) == reply.text
    assert session.replies == [reply]
    assert session.asked == {"small": True}


def test_a_decision_is_told_before_the_call_it_explains() -> None:
    session, seen = live()
    asyncio.run(session.ask("small", decision=Decision("small", "because")))
    assert [type(e) for e in seen[:2]] == [Decided, CallStarted]


def test_a_decision_without_a_call_is_told_too() -> None:
    session, seen = live()
    session.decide(Decision("small"))
    assert [type(e) for e in seen] == [Decided]


def test_a_calls_parameters_lie_over_the_runs() -> None:
    session, seen = live(params={"temperature": 1, "max_tokens": 7})
    asyncio.run(session.ask("small", params={"max_tokens": 3}))
    assert isinstance(seen[0], CallStarted)
    assert seen[0].call.params == {"temperature": 1, "max_tokens": 3}


def test_a_model_outside_the_pool_is_answered_with_those_inside() -> None:
    session, seen = live()
    with pytest.raises(UnknownModel, match="no model 'huge' in this pool; there are small, mid, big"):
        asyncio.run(session.ask("huge"))
    with pytest.raises(UnknownModel):
        asyncio.run(session.ask_all(["small", "huge"]))
    assert seen == []


def test_a_provider_that_ends_without_a_reply_has_failed() -> None:
    session = Session(prompt(), Silent())
    with pytest.raises(BadReply, match="small ended without a reply"):
        asyncio.run(session.ask("small"))
    assert session.cost_usd > 0


# Money


def test_money_is_reserved_before_and_settled_after() -> None:
    ledger = Ledger(1.0)
    ledger.reserve(0.6)
    with pytest.raises(BudgetSpent, match=r"may cost \$0\.500000 and \$0\.400000 of the \$1\.000000 budget is left"):
        ledger.reserve(0.5)
    ledger.settle(0.6, 0.1)
    ledger.reserve(0.9)
    assert ledger.spent_usd == 0.1


def test_a_budget_that_is_no_number_allows_nothing() -> None:
    with pytest.raises(BudgetSpent):
        Ledger(float("nan")).reserve(0.0)


def test_free_models_answer_without_a_budget() -> None:
    session, _ = live(Model("free", options={"words": 3}), budget_usd=0.0)
    assert asyncio.run(session.ask("free")).cost_usd == 0


def test_parallel_calls_cannot_reserve_the_same_money() -> None:
    one_call = 1.5e-4 * 1.2
    pair = (model("a", 0.1, latency_s=0.02), model("b", 0.1, latency_s=0.02))
    session, _ = live(*pair, budget_usd=one_call)
    results = asyncio.run(session.ask_all(["a", "b"]))
    assert [type(r) for r in results] == [Reply, BudgetSpent]
    assert session.cost_usd <= one_call


def test_a_failed_call_costs_what_had_come() -> None:
    session, seen = live(model("small", 1.0, fault={"name": "cut", "after": 6}))
    with pytest.raises(StreamCut):
        asyncio.run(session.ask("small"))
    failed = seen[-1]
    assert isinstance(failed, CallFailed)
    assert failed.cost_usd == session.cost_usd > 0


def test_a_call_that_failed_before_its_first_token_costs_nothing() -> None:
    session, _ = live(model("small", 1.0, fault="500"))
    with pytest.raises(ServerFailed):
        asyncio.run(session.ask("small"))
    assert session.cost_usd == 0
    assert session.asked == {"small": False}


def test_nothing_stays_reserved_after_any_end() -> None:
    for fault in ("500", {"name": "cut", "after": 2}, {"name": "hang", "after": 2}):
        session, _ = live(model("small", 1.0, fault=fault), budget_usd=1.0, patience=Patience(total_s=0.05))
        with pytest.raises(CallError):
            asyncio.run(session.ask("small"))
        assert session._ledger.reserved_usd == 0


def test_a_negative_length_reserves_no_negative_money() -> None:
    session, _ = live(params={"max_tokens": -1}, budget_usd=0.0)
    with pytest.raises(BudgetSpent):
        asyncio.run(session.ask("big"))


# Time, live


def test_a_call_is_given_up_after_its_timeout() -> None:
    session, seen = live(model("small", 1.0, fault={"name": "hang", "after": 3}), patience=Patience(total_s=0.03))
    with pytest.raises(CallTimeout, match=r"small did not finish within 0\.03 s"):
        asyncio.run(session.ask("small"))
    failed = seen[-1]
    assert isinstance(failed, CallFailed)
    assert failed.kind == "timeout"
    assert failed.at_s >= 0.03
    assert session.cost_usd > 0


def test_a_call_whose_turn_did_not_come_is_told_from_one_that_was_slow() -> None:
    class Busy:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            queued(True)
            await asyncio.sleep(60)
            yield Delta("never")

    for deadline_s, kind in ((None, "queue_full"), (0.01, "deadline")):
        seen: list[Event] = []
        session = Session(prompt(), Busy(), seen.append, patience=Patience(first_s=0.02), deadline_s=deadline_s)
        with pytest.raises(CallError) as caught:
            asyncio.run(session.ask("mid"))
        assert caught.value.kind == kind
        assert session.cost_usd == 0


def test_a_provider_that_gives_up_by_itself_has_timed_out() -> None:
    class Impatient:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            yield Delta("four words of text")
            raise TimeoutError

    seen: list[Event] = []
    session = Session(prompt(), Impatient(), seen.append)
    with pytest.raises(CallTimeout, match="mid timed out by a limit of its provider's own; 18 characters had come"):
        asyncio.run(session.ask("mid"))
    assert isinstance(seen[-1], CallFailed)
    assert session.cost_usd == seen[-1].cost_usd > 0


def test_the_deadline_is_told_from_a_timeout() -> None:
    session, seen = live(model("small", 1.0, fault="hang"), patience=Patience(total_s=9.0), deadline_s=0.03)
    with pytest.raises(DeadlinePassed):
        asyncio.run(session.ask("small"))
    assert isinstance(seen[-1], CallFailed)
    assert seen[-1].kind == "deadline"
    with pytest.raises(DeadlinePassed, match="are over"):
        asyncio.run(session.ask("small"))


def test_within_tightens_the_limit_and_shares_all_else() -> None:
    session, seen = live(MODELS[0], model("hung", 1.0, fault="hang"))
    inner = session.within(0.03)
    with pytest.raises(CallTimeout):
        asyncio.run(inner.ask("hung"))
    asyncio.run(session.ask("small"))
    assert [e.n for e in seen if isinstance(e, CallStarted)] == [0, 1]
    assert session.cost_usd == inner.cost_usd > 0
    assert session.asked is inner.asked
    assert inner.within(5).patience.total_s == 0.03


def test_a_first_token_that_does_not_come_ends_the_call_before_its_timeout() -> None:
    session, seen = live(model("small", 1.0, latency_s=5.0))
    with pytest.raises(CallTimeout, match=r"small sent nothing within 0\.02 s") as caught:
        asyncio.run(session.within(9.0, first_token_s=0.02).ask("small"))
    assert caught.value.partial is None
    assert session.cost_usd == 0
    assert isinstance(seen[-1], CallFailed)
    assert seen[-1].ttft_s is None


def test_after_the_first_token_only_the_whole_answer_is_timed() -> None:
    session, _ = live(model("small", 1.0, tokens_per_s=100))
    assert asyncio.run(session.within(first_token_s=0.05).ask("small")).latency_s > 0.05


def test_what_came_of_an_answer_that_broke_off_is_in_its_error() -> None:
    cut = model("small", 1.0, fault={"name": "cut", "after": 4})
    session, seen = live(cut, model("hung", 1.0, fault={"name": "hang", "after": 4}))
    with pytest.raises(StreamCut) as broken:
        asyncio.run(session.ask("small"))
    with pytest.raises(CallTimeout, match=r"did not finish within 0\.03 s; \d+ characters had come") as late:
        asyncio.run(session.within(0.03).ask("hung"))
    words = {n: "".join(e.text for e in seen if isinstance(e, Delta) and e.n == n) for n in (0, 1)}
    costs = [e.cost_usd for e in seen if isinstance(e, CallFailed)]
    for n, error in enumerate((broken.value, late.value)):
        assert error.partial is not None
        assert (error.partial.reply.text, error.partial.reply.finish) == (words[n], "cut")
        assert error.partial.reply.cost_usd == costs[n] > 0
        assert error.partial.reply.usage.estimated
    assert session.cost_usd == pytest.approx(sum(costs))


def test_a_draft_that_broke_off_is_no_partial_answer() -> None:
    session, _ = live(model("small", 1.0, fault={"name": "cut", "after": 4}))
    with pytest.raises(StreamCut) as caught:
        asyncio.run(session.ask("small", role="draft"))
    assert caught.value.partial is None


def test_a_pause_passes_by_the_sessions_own_clock_and_never_outlasts_the_run() -> None:
    session, _ = recorded({"a": 2.0}, deadline_s=5.0)
    asyncio.run(session.pause(3.0))
    assert (session.latency_s, session.left_s) == (3.0, 2.0)
    with pytest.raises(DeadlinePassed, match="end before a wait of 2 s"):
        asyncio.run(session.pause(2.0))
    assert session.latency_s == 3.0
    assert live()[0].left_s == float("inf")


def test_parallel_calls_run_together() -> None:
    both = (model("a", 1.0, latency_s=0.1), model("b", 1.0, latency_s=0.1))
    session, seen = live(*both)
    asyncio.run(session.ask_all(["a", "b"]))
    kinds = [type(e) for e in seen if not isinstance(e, Delta)]
    assert kinds == [CallStarted, CallStarted, CallFinished, CallFinished]


def test_a_failed_parallel_call_comes_back_as_its_error() -> None:
    session, _ = live(MODELS[0], model("bad", 1.0, fault="500"))
    good, bad = asyncio.run(session.ask_all(["small", "bad"]))
    assert isinstance(good, Reply)
    assert isinstance(bad, ServerFailed)


def test_asking_a_model_twice_at_once_takes_two_samples() -> None:
    session, seen = live()
    asyncio.run(session.ask_all(["small", "small", "mid"]))
    assert sorted((e.call.model, e.call.sample) for e in seen if isinstance(e, CallStarted)) == [
        ("mid", 0),
        ("small", 0),
        ("small", 1),
    ]


def test_a_reply_whose_connection_will_not_close_ends_once() -> None:
    seen: list[Event] = []
    session = Session(prompt(), SlowToClose(), seen.append, patience=Patience(total_s=0.03))
    with pytest.raises(CallTimeout):
        asyncio.run(session.ask("small"))
    assert [type(e) for e in seen] == [CallStarted, CallFailed]


def left_over(work: Callable[[], Any]) -> set[asyncio.Task[Any]]:
    async def go() -> set[asyncio.Task[Any]]:
        me = asyncio.current_task()
        await work()
        return {t for t in asyncio.all_tasks() if t is not me}

    return asyncio.run(go())


def test_cancelling_a_call_closes_it_and_settles_it() -> None:
    session, seen = live(model("small", 1.0, fault={"name": "hang", "after": 3}), budget_usd=1.0)

    async def work() -> None:
        task = asyncio.ensure_future(session.ask("small"))
        await asyncio.sleep(0.02)
        assert isinstance(seen[-1], Delta)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    assert left_over(work) == set()
    assert isinstance(seen[-1], CallFailed)
    assert seen[-1].kind == "stopped"
    assert session.cost_usd > 0


def test_a_bug_in_one_parallel_call_ends_the_others() -> None:
    class OneBroken:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            provider: Provider = Broken() if call.model == "small" else Pool((model("mid", 1.0, fault="hang"),))
            async for item in provider.stream(call):
                yield item

    async def work() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await Session(prompt(), OneBroken()).ask_all(["small", "mid"])
        assert caught.group_contains(KeyError)

    assert left_over(work) == set()


# Time, recorded


def test_recorded_time_passes_without_taking_any() -> None:
    session, seen = recorded({"a": 100.0, "b": 50.0})
    started = time.monotonic()
    asyncio.run(session.ask("a"))
    asyncio.run(session.ask("b"))
    assert session.latency_s == 150.0
    assert [e.at_s for e in seen if isinstance(e, CallFinished)] == [100.0, 150.0]
    assert time.monotonic() - started < 50


def test_recorded_parallel_calls_take_as_long_as_the_slowest() -> None:
    session, _ = recorded({"a": 2.0, "b": 5.0, "c": 1.0})
    asyncio.run(session.ask_all(["a", "b", "c"]))
    assert session.latency_s == 5.0


def test_recorded_calls_time_out_as_they_would_have() -> None:
    session, seen = recorded({"a": 2.0, "b": 5.0}, patience=Patience(total_s=3.0))
    with pytest.raises(CallTimeout):
        asyncio.run(session.ask("b"))
    assert session.latency_s == 3.0
    assert isinstance(seen[-1], CallFailed)
    assert seen[-1].at_s == 3.0
    results = asyncio.run(session.ask_all(["a", "b"]))
    assert isinstance(results[1], CallTimeout)
    assert session.latency_s == 6.0


def test_a_recorded_first_token_comes_too_late_as_it_would_have() -> None:
    session, _ = recorded({"a": 2.0})  # its first token after 0.1 s
    with pytest.raises(CallTimeout, match=r"a sent nothing within 0\.05 s"):
        asyncio.run(session.within(first_token_s=0.05).ask("a"))
    assert session.latency_s == 0.05
    assert session.cost_usd == 0
    assert asyncio.run(session.within(first_token_s=0.5).ask("a")).text == "ok"


def test_a_record_that_does_not_know_the_first_token_is_not_held_to_it() -> None:
    asked = prompt(models=(Model("a", 1.0, 1.0),))
    call = Call("a", asked.messages)
    rows = {call.key: Outcome(call, Reply("ok", Usage(1, 1), 0.01, 20.0, 20.0))}
    session = Session(asked, Replay(rows), clock=RecordedClock())
    assert asyncio.run(session.within(60.0, first_token_s=5.0).ask("a")).text == "ok"


def test_a_recorded_deadline_passes_as_it_would_have() -> None:
    session, _ = recorded({"a": 2.0, "b": 5.0}, deadline_s=4.0)
    asyncio.run(session.ask("a"))
    with pytest.raises(DeadlinePassed):
        asyncio.run(session.ask("b"))
    assert session.latency_s == 4.0
    with pytest.raises(DeadlinePassed, match="4 s are over"):
        asyncio.run(session.ask("a"))


def test_a_check_is_not_answered_with_the_prompts_recording() -> None:
    session, _ = recorded({"a": 1.0})
    with pytest.raises(CallError, match="nothing is recorded"):
        asyncio.run(session.ask("a", messages=[user("is this right?")], role="check"))


def test_a_bug_of_a_provider_closes_its_call_and_is_raised() -> None:
    class Buggy:
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            yield Delta("four words of text")
            raise ZeroDivisionError

    seen: list[Event] = []
    session = Session(prompt(), Buggy(), seen.append)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(session.ask("mid"))
    failed = seen[-1]
    assert isinstance(failed, CallFailed)
    assert failed.kind == "bug"
    assert session.cost_usd == failed.cost_usd > 0


def test_a_changed_prompt_shares_money_trace_and_count() -> None:
    session, seen = live()
    inner = session.on(prompt("Say less.", models=MODELS[:1]))
    asyncio.run(inner.ask("small"))
    asyncio.run(session.ask("big"))
    started = [e for e in seen if isinstance(e, CallStarted)]
    assert [(e.n, e.call.messages[0].text) for e in started] == [(0, "Say less."), (1, "Say hello.")]
    assert session.cost_usd == inner.cost_usd == sum(r.cost_usd for r in session.replies) > 0
    with pytest.raises(UnknownModel):
        asyncio.run(inner.ask("big"))


def test_request_fields_of_an_inner_session_take_the_place_of_the_runs() -> None:
    session, seen = live(params={"temperature": 0.5, "max_tokens": 9})
    asyncio.run(session.on(session.prompt, params={"max_tokens": 5}).ask("big"))
    asyncio.run(session.on(session.prompt).ask("big"))
    assert [e.call.params for e in seen if isinstance(e, CallStarted)] == [
        {"max_tokens": 5},
        {"temperature": 0.5, "max_tokens": 9},
    ]


def test_what_stands_before_a_session_hears_its_events_first() -> None:
    session, seen = live()
    heard: list[Event] = []
    session.on(session.prompt, emit=heard.append).decide(Decision("small"))
    assert [type(e) for e in heard] == [Decided]
    assert seen == []


class HoldsBack:
    """Passes nothing on, and then fails."""

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        yield Delta("", came=4000)
        raise ServerFailed("away")


def test_words_that_were_held_back_are_paid_for_and_not_told() -> None:
    session, seen = live()
    with pytest.raises(ServerFailed):
        asyncio.run(session.on(session.prompt, provider=HoldsBack()).ask("big"))
    assert [type(e) for e in seen] == [CallStarted, CallFailed]
    assert session.cost_usd > MODELS[2].cost_usd(Usage(0, 1000))
