"""What the page shows of a run, worked out by hand."""

from __future__ import annotations

import pytest

from workbench.events import CallFailed, CallFinished, CallStarted, Decided, Delta, Finished, Run, fold
from workbench.types import Answer, Call, Decision, Model, Reply, Usage, user
from workbench.ui.render import metrics, trace, why

CHEAP = Model("cheap", 1.0, 2.0, nominal=True)
DEAR = Model("dear", 10.0, 30.0)
POOL = (CHEAP, DEAR)
BY_ID = {m.id: m for m in POOL}
HI = (user("hi"),)


def failed_over() -> Run:
    """The cheap model breaks off at 0.5 s after 7 characters, the dear one answers: 20 tokens, 2 s, the first at 0.4 s."""
    reply = Reply("the answer", Usage(10, 20), 0.0007, latency_s=2.0, ttft_s=0.4)
    return fold(
        [
            Decided(Decision("cheap", "cheapest", {"cheap": 1.0, "dear": 0.0})),
            CallStarted(0, Call("cheap", HI), 0.1),
            Delta("half an", 0),
            CallFailed(0, "cut", "cheap broke off", 0.000002, 0.5),
            Decided(Decision("dear", "next", {"cheap": 0.0, "dear": 1.0}, 0.25, "hard", {"words": 1}, {"at": 0.5})),
            CallStarted(1, Call("dear", HI), 0.6),
            Delta("the answer", 1),
            CallFinished(1, reply, 2.6),
            Finished(Answer(reply, "dear"), 0.000702, 2.6),
        ]
    )


def accepted_draft() -> Run:
    """A draft that is read only once the check has accepted it, 1.5 s after the beginning."""
    draft = Reply("the draft", Usage(10, 8), 0.000026, latency_s=1.0, ttft_s=0.2, logprob=-0.1)
    check = Reply("yes", Usage(30, 1), 0.000032, latency_s=0.4, ttft_s=0.4)
    return fold(
        [
            CallStarted(0, Call("cheap", HI, role="draft"), 0.0),
            Delta("the draft", 0),
            CallFinished(0, draft, 1.0),
            CallStarted(1, Call("cheap", (user("right?"),), role="check"), 1.1),
            CallFinished(1, check, 1.5),
            Decided(Decision("cheap", "accepted", {"cheap": 1.0, "dear": 0.5}, label="accepted"), 1.5),
            Finished(Answer(draft, "cheap"), 0.000058, 1.5),
        ]
    )


def test_a_failed_call_counts_in_money_and_calls_and_its_wait_in_the_first_word() -> None:
    assert metrics(failed_over(), BY_ID, 0.001404) == {
        "ttft_s": pytest.approx(1.0),  # 0.6 until the second call, 0.4 until its first token
        "tokens_per_s": pytest.approx(12.5),  # 20 tokens in 1.6 s
        "latency_s": 2.6,
        "cost_usd": 0.000702,
        "nominal": True,  # part of the money is made up
        "tokens_in": 10,
        "tokens_out": 20,
        "calls": 2,
        "versus": pytest.approx(0.5),
    }


def test_a_failed_call_stands_in_the_trace_with_what_it_cost() -> None:
    first, second = trace(failed_over())
    assert first == {
        "n": 0,
        "role": "answer",
        "model": "cheap",
        "start_s": 0.1,
        "wait_s": pytest.approx(0.4),
        "stream_s": 0.0,
        "end_s": 0.5,
        "tokens_in": 0,
        "tokens_out": 0,
        "estimated": False,
        "logprob": None,
        "cost_usd": 0.000002,
        "error": "cheap broke off",
        "kind": "cut",
    }
    assert (second["start_s"], second["wait_s"], second["stream_s"], second["end_s"]) == (0.6, 0.4, 1.6, 2.6)
    assert (second["tokens_in"], second["tokens_out"], second["cost_usd"], second["error"]) == (10, 20, 0.0007, "")


def test_a_shared_reply_that_was_there_already_takes_no_longer_than_it_did_here() -> None:
    reply = Reply("x", Usage(1, 1), 0.0, latency_s=1.6, ttft_s=0.6)
    run = fold(
        [CallStarted(0, Call("dear", HI), 0.9), CallFinished(0, reply, 1.4), Finished(Answer(reply, "dear"), 0.0, 1.4)]
    )
    (span,) = trace(run)
    assert (span["wait_s"], span["stream_s"]) == (pytest.approx(0.5), 0.0)
    assert metrics(run, BY_ID, 0.0)["ttft_s"] == 1.4


def test_a_call_that_broke_off_after_its_first_token_shows_wait_and_stream() -> None:
    (span,) = trace(
        fold([CallStarted(0, Call("dear", HI), 0.5), Delta("half", 0), CallFailed(0, "cut", "broke", 0.1, 1.5, 0.25)])
    )
    assert (span["wait_s"], span["stream_s"], span["end_s"]) == (0.25, 0.75, 1.5)


def test_the_last_decision_is_the_reason_with_a_price_for_every_candidate() -> None:
    assert why(failed_over(), POOL) == {
        "text": "next",
        "label": "hard",
        "model": "dear",
        "propensity": 0.25,
        "scores": [
            {"model": "cheap", "score": 0.0, "chosen": False, "cost_usd": pytest.approx(0.00005)},  # 10 x 1 + 20 x 2
            {"model": "dear", "score": 1.0, "chosen": True, "cost_usd": pytest.approx(0.0007)},  # 10 x 10 + 20 x 30
        ],
        "thresholds": {"at": 0.5},
        "features": {"words": 1},
    }


def test_an_accepted_draft_is_read_when_it_is_accepted() -> None:
    found = metrics(accepted_draft(), BY_ID, 0.0)
    assert found["ttft_s"] == 1.5
    assert found["tokens_per_s"] == pytest.approx(10)  # 8 tokens in 0.8 s
    assert (found["tokens_in"], found["tokens_out"], found["calls"]) == (40, 9, 2)
    assert found["cost_usd"] == 0.000058
    assert found["versus"] is None
    assert [(s["role"], s["logprob"]) for s in trace(accepted_draft())] == [("draft", -0.1), ("check", None)]


def test_a_run_that_has_not_ended_shows_what_is_known() -> None:
    run = fold([CallStarted(0, Call("dear", HI), 0.2)])
    assert why(run, POOL) is None
    (span,) = trace(run)
    assert (span["start_s"], span["wait_s"], span["end_s"]) == (0.2, None, None)
    found = metrics(run, BY_ID, 1.0)
    assert (found["ttft_s"], found["tokens_per_s"], found["cost_usd"], found["nominal"]) == (None, None, 0.0, False)


def test_an_answer_that_came_all_at_once_has_no_speed() -> None:
    reply = Reply("x", Usage(1, 1), 0.0, latency_s=0.5, ttft_s=0.5)
    run = fold(
        [CallStarted(0, Call("gone", HI)), CallFinished(0, reply, 0.5), Finished(Answer(reply, "gone"), 0.0, 0.5)]
    )
    assert metrics(run, BY_ID, 0.0)["tokens_per_s"] is None


def test_candidates_of_a_decision_without_an_answer_have_no_price() -> None:
    run = fold([Decided(Decision("dear", "so")), Finished(None, 0.0, 0.1, "no", "server")])
    shown = why(run, POOL)
    assert shown is not None
    assert [(s["score"], s["cost_usd"]) for s in shown["scores"]] == [(None, None), (None, None)]
