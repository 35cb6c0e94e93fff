import asyncio
from dataclasses import replace
from pathlib import Path

from workbench.events import Attempt, Run
from workbench.store import open_store
from workbench.store.runs import Origin, Stored, load, run_rows
from workbench.types import Answer, Call, Message, Prompt, Reply, Usage, assistant, user

from .rows import NOW, SPEC, prompt, run


def stored(home: Path, made: Run, asked: Prompt | None = None) -> Stored:
    with open_store(home) as store:
        rows = run_rows("r1", made, SPEC, asked or prompt(), Origin("ask"), NOW)
        asyncio.run(store.append(rows))
        (found,) = asyncio.run(load(store, ["r1"]))
    return found


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    assert stored(tmp_path, run()).run == run()


def test_a_run_s_row_sums_its_calls(tmp_path: Path) -> None:
    made = run()
    made.attempts.insert(0, replace(made.attempts[0], n=0))
    made.attempts[1] = replace(made.attempts[1], n=1)
    row = stored(tmp_path, made).row
    assert (row["tokens_in"], row["tokens_out"], row["nominal"]) == (6, 10, True)
    assert (row["prompt"], row["strategy"], row["label"], row["source"]) == ("hello", "fixed", "simple", "ask")
    assert row["created_at"] == "2026-11-20T12:00:00+00:00"


def test_a_failed_run_keeps_what_came_and_why_it_ended(tmp_path: Path) -> None:
    call = Call("large", prompt().messages)
    failed = Attempt(0, call, 0.0, 3.0, "half an ans", None, "cut off", "cut", 0.002)
    made = Run([failed], [], None, "cut off", "cut", 0.002, 3.0, True)
    found = stored(tmp_path, made)
    assert found.run == made
    assert (found.row["text"], found.row["error_kind"], found.row["model"]) == ("half an ans", "cut", "")


def test_an_answer_that_broke_off_and_was_kept_comes_back_as_that(tmp_path: Path) -> None:
    failed = Attempt(0, Call("large", prompt().messages), 0.5, 3.0, "half", None, "cut off", "cut", 0.002, 0.25)
    half = Reply("half", Usage(4, 1, estimated=True), 0.002, 2.5, 0.25, finish="cut")
    made = Run([failed], [], Answer(half, "large"), "", "", 0.002, 3.0, True)
    found = stored(tmp_path, made)
    assert found.run.cut
    assert found.run.attempts == [failed]
    assert (found.row["tokens_in"], found.row["tokens_out"], found.row["ttft_s"]) == (4, 1, 0.75)
    assert found.run.ttft_s == 0.75


def test_a_run_that_was_refused_before_any_call_is_kept(tmp_path: Path) -> None:
    made = Run(error="the budget is spent", kind="budget", finished=True)
    assert stored(tmp_path, made).run == made


def test_only_messages_that_differ_from_the_prompt_s_are_stored_with_a_call(tmp_path: Path) -> None:
    made = run()
    other: tuple[Message, ...] = (user("hello"), assistant("draft"), user("check it"))
    checked = replace(made.attempts[0], n=0, call=Call("large", other, {}, "check"))
    made.attempts = [checked, replace(made.attempts[0], n=1)]
    with open_store(tmp_path) as store:
        asyncio.run(store.append(run_rows("r1", made, SPEC, prompt(), Origin("ask"), NOW)))
        kept = asyncio.run(store.read("select messages is null as prompt_s from calls order by n"))
        (found,) = asyncio.run(load(store, ["r1"]))
    assert kept == [{"prompt_s": False}, {"prompt_s": True}]
    assert found.run.attempts[0].call.messages == other


def test_equal_specs_and_prompts_are_stored_once(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for id in ("r1", "r2"):
            asyncio.run(store.append(run_rows(id, run(), SPEC, prompt(), Origin("ask"), NOW)))
        sql = "select (select count(*) from specs) as s, (select count(*) from prompts) as p, count(*) as r from runs"
        assert asyncio.run(store.read(sql)) == [{"s": 1, "p": 1, "r": 2}]


def test_unknown_runs_are_no_error(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert asyncio.run(load(store, ["x'; drop table runs; --"])) == []
