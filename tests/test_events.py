from __future__ import annotations

from workbench.events import CallFailed, CallFinished, CallStarted, Decided, Delta, Event, Finished, fold
from workbench.types import Answer, Call, Decision, Reply, Role, Usage, user


def call(model: str, role: Role = "answer") -> Call:
    return Call(model, (user("hi"),), role=role)


def reply(text: str, cost: float = 0.5, ttft: float = 0.25) -> Reply:
    return Reply(text, Usage(1, 2), cost, 1.0, ttft)


GOOD = reply("good")


def test_a_run_is_the_fold_of_its_events() -> None:
    run = fold(
        [
            Decided(Decision("a")),
            CallStarted(0, call("a"), 0.1),
            Delta("go", 0),
            Delta("od", 0),
            CallFinished(0, GOOD, 1.1),
            Finished(Answer(GOOD, "a"), 0.5, 1.1),
        ]
    )
    (attempt,) = run.attempts
    assert (attempt.text, attempt.reply, attempt.cost_usd, attempt.ended_s) == ("good", GOOD, 0.5, 1.1)
    assert (run.text, run.cost_usd, run.latency_s, run.finished, run.ttft_s) == ("good", 0.5, 1.1, True, 0.35)


def test_a_run_that_still_streams_shows_what_came() -> None:
    run = fold([CallStarted(0, call("a")), Delta("go", 0)])
    assert run.text == "go"
    assert not run.finished
    assert run.ttft_s is None


def test_drafts_and_checks_are_not_what_the_user_reads() -> None:
    events: list[Event] = [
        CallStarted(0, call("a", "draft")),
        Delta("rough", 0),
        CallStarted(1, call("b")),
        Delta("fine", 1),
    ]
    assert fold(events[:2]).text == ""
    assert fold(events).text == "fine"


def test_after_an_answer_broke_off_the_next_models_words_are_read() -> None:
    run = fold(
        [
            CallStarted(0, call("a")),
            Delta("half an ans", 0),
            CallFailed(0, "cut", "stopped in the middle", 0.2, 0.5),
            Decided(Decision("b")),
            CallStarted(1, call("b"), 0.5),
            Delta("go", 1),
        ]
    )
    assert run.text == "go"
    assert run.attempts[0].text == "half an ans"
    assert (run.attempts[0].cost_usd, run.attempts[0].ended_s) == (0.2, 0.5)
    assert run.decision == Decision("b")


def test_an_answer_that_broke_off_may_be_all_there_is_and_keeps_its_first_token() -> None:
    half = Reply("half an ans", Usage(3, 2, estimated=True), 0.2, 0.4, 0.1, finish="cut")
    run = fold(
        [
            CallStarted(0, call("a"), 0.5),
            Delta("half an ans", 0),
            CallFailed(0, "cut", "stopped in the middle", 0.2, 0.9, 0.1),
            Finished(Answer(half, "a"), 0.2, 0.9),
        ]
    )
    assert (run.cut, run.text, run.ttft_s) == (True, "half an ans", 0.6)
    assert run.attempts[0].ttft_s == 0.1
    assert run.usages == [half.usage]


def test_calls_that_overlap_keep_their_words_apart() -> None:
    run = fold(
        [
            CallStarted(0, call("a", "draft")),
            CallStarted(1, call("b", "draft")),
            Delta("A", 0),
            Delta("B", 1),
            Delta("a", 0),
        ]
    )
    assert [a.text for a in run.attempts] == ["Aa", "B"]


def test_an_accepted_draft_is_read_when_the_run_ends() -> None:
    run = fold(
        [CallStarted(0, call("a", "draft"), 0.1), CallFinished(0, GOOD, 1.1), Finished(Answer(GOOD, "a"), 0.5, 1.5)]
    )
    assert run.ttft_s == 1.5


def test_a_failed_run_says_why_and_what_it_cost() -> None:
    run = fold([CallStarted(0, call("a")), Finished(None, 0.2, 0.5, "no answer", "server")])
    assert (run.answer, run.error, run.kind, run.cost_usd) == (None, "no answer", "server", 0.2)
