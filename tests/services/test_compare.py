"""What a comparison promises from its beginning to its vote, on a real store."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk import compared, fixed, open_desk, setup
from workbench.errors import BadInput, BadParameter, StoreError, UnknownModel, UnknownPlugin, WorkbenchError
from workbench.services.compare import Compare, check_prompt
from workbench.services.desk import Desk
from workbench.store import open_store
from workbench.strategy import Router
from workbench.types import Model


def at(home: Path, work: Callable[[Desk], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with open_desk(home) as desk:
            return await work(desk)

    return asyncio.run(main())


async def count(desk: Desk, table: str) -> int:
    return int((await desk.store.read(f"select count(*) as n from {table}"))[0]["n"])


# Begun


@pytest.mark.parametrize("n", [0, 1, 5])
def test_two_to_four_columns_are_compared(tmp_path: Path, n: int) -> None:
    async def work(desk: Desk) -> None:
        with pytest.raises(BadInput, match="2 to 4"):
            await desk.compare.start(setup(desk, "quick"), fixed(*["quick"] * n), "hi")
        assert await count(desk, "experiments") == 0

    at(tmp_path, work)


@pytest.mark.parametrize(
    ("strategy", "params", "error"),
    [
        ("nobody", {}, UnknownPlugin),
        ("fixed", {"modle": "quick"}, BadParameter),
        ("cascade", {"threshold": 3}, BadParameter),
        ("cascade", {"threshold": float("nan")}, BadParameter),
        ("fallback", {"inner": {"strategy": "nobody"}}, UnknownPlugin),
    ],
)
def test_what_cannot_run_is_refused_before_anything_is_asked_or_kept(
    tmp_path: Path, strategy: str, params: dict[str, Any], error: type[WorkbenchError]
) -> None:
    async def work(desk: Desk) -> None:
        with pytest.raises(error):
            await desk.compare.start(setup(desk, "quick"), [("fixed", {}), (strategy, params)], "hi")
        assert [await count(desk, table) for table in ("experiments", "specs", "battles", "calls")] == [0, 0, 0, 0]

    at(tmp_path, work)


def test_a_model_that_is_not_in_the_pool_is_refused_before_anything_is_asked_or_kept(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        with pytest.raises(UnknownModel, match="gone"):
            await desk.compare.start(setup(desk, "quick"), fixed("quick", "gone"), "hi")
        assert [await count(desk, table) for table in ("experiments", "battles", "calls")] == [0, 0, 0]

    at(tmp_path, work)


def test_an_empty_pool_says_what_to_do(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        with pytest.raises(BadInput, match="at least one model"):
            await desk.compare.start(setup(desk), fixed("", ""), "hi")

    at(tmp_path, work)


def test_blind_columns_come_in_every_order(tmp_path: Path) -> None:
    async def work(desk: Desk) -> set[tuple[str, ...]]:
        seen = set()
        for seed in range(40):
            compare = Compare(desk.pool, desk.strategies, desk.compare.archive, desk.store.new_id, random.Random(seed))
            wanted = setup(desk, "quick", "other", "maker", blind=True)
            made = await compare.start(wanted, fixed("quick", "other", "maker"), "hi")
            seen.add(tuple(str(c.spec.params["model"]) for c in made.columns))
            await compare.close()
        return seen

    assert len(at(tmp_path, work)) == 6


def test_open_columns_stay_in_the_users_order(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        for _ in range(5):
            made = await compared(desk, "quick", "other", "maker")
            assert [c.spec.params["model"] for c in made.columns] == ["quick", "other", "maker"]

    at(tmp_path, work)


def test_equal_setups_share_an_experiment_also_when_begun_at_once_and_others_do_not(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        same = await asyncio.gather(*(compared(desk, "quick", "other", text=f"{i}?") for i in range(3)))
        swapped = await compared(desk, "other", "quick")
        blind = await compared(desk, "quick", "other", blind=True)
        instructed = await compared(desk, "quick", "other", system="Be brief.")
        hot = await compared(desk, "quick", "other", params={"temperature": 1.0})
        assert len({c.experiment_id for c in same}) == 1
        assert len({c.experiment_id for c in (same[0], blind, instructed, hot)}) == 4
        assert swapped.experiment_id != same[0].experiment_id  # the pool's order is part of what a strategy sees
        assert await count(desk, "experiments") == 5

    at(tmp_path, work)


# Prompts

POOL = (Model("narrow", context=100), Model("wide", context=1000))


@pytest.mark.parametrize("text", ["", " \n\t ", "\u00a0"])
def test_an_empty_prompt_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        check_prompt(text, POOL)


@pytest.mark.parametrize(
    "body", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", b"PK\3\4\x14\0\0\0\x08\0"]
)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_what_looks_binary_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(BadInput, match="binary"):
        check_prompt(body.decode(encoding, "replace"), POOL)


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם \u202e txt",
        "👩‍👩‍👧 🏳️‍🌈?",
        "<script>alert(1)</script>",
        "a\tb\r\nc\fd",
        "naïve – “quoted”",
        "one bad \ufffd mark in a line of text",
    ],
)
def test_text_of_any_script_is_taken(text: str) -> None:
    check_prompt(text, POOL)


def test_a_prompt_wider_than_every_model_names_the_widest() -> None:
    with pytest.raises(BadInput, match=r"wide.*1,000"):
        check_prompt("x" * 4004, POOL)
    check_prompt("x" * 4000, POOL)


# Voted on


def test_a_vote_is_durable_when_it_is_acknowledged(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        turn = made.turns[0]
        await desk.compare.vote(made, turn.vote.token, "B", ["clear"], "nice")
        other = open_store(desk.settings.home)  # what another process would see
        try:
            (row,) = await other.read("select * from votes")
        finally:
            await asyncio.to_thread(other.close)
        assert (row["kind"], row["choice"], row["tags"], row["comment"]) == ("vote", "B", ["clear"], "nice")
        assert row["winners"] == [turn.cells["B"].run_id]
        assert row["losers"] == [turn.cells["A"].run_id]
        assert row["blind"] is True
        assert made.revealed

    at(tmp_path, work)


def test_of_many_votes_at_once_exactly_one_counts(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        token = made.turns[0].vote.token
        votes = [desk.compare.vote(made, token, choice) for choice in ("A", "B", "tie", "A")]
        done = await asyncio.gather(*votes, desk.compare.reveal(made), return_exceptions=True)
        assert [isinstance(d, BadInput) for d in done] == [False, True, True, True, True]
        assert await count(desk, "votes") == 1
        assert made.turns[0].vote.choice == "A"

    at(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"token": "guess"}, "already cast"),
        ({"token": ""}, "already cast"),
        ({"choice": "C"}, "no such choice"),
        ({"choice": "all_bad"}, "no such choice"),
        ({"tags": ["purple"]}, "no such reason"),
        ({"comment": "x" * 2001}, "2000 fit"),
    ],
)
def test_a_vote_that_is_refused_changes_nothing(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        token = made.turns[0].vote.token
        with pytest.raises(BadInput, match=says):
            await desk.compare.vote(made, **{"token": token, "choice": "A"} | change)
        assert made.sealed
        assert await count(desk, "votes") == 0
        await desk.compare.vote(made, token, "A")

    at(tmp_path, work)


def test_best_of_three_has_all_bad_and_no_tie(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", "maker", blind=True)
        token = made.turns[0].vote.token
        with pytest.raises(BadInput, match="A, B, C, all_bad"):
            await desk.compare.vote(made, token, "tie")
        await desk.compare.vote(made, token, "all_bad")
        (row,) = await desk.store.read("select winners, losers from votes")
        assert row["winners"] == []
        assert len(row["losers"]) == 3

    at(tmp_path, work)


def test_showing_the_names_gives_the_vote_up(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        token = made.turns[0].vote.token
        await desk.compare.reveal(made)
        assert made.revealed
        with pytest.raises(BadInput, match="names are known"):
            await desk.compare.vote(made, token, "A")
        with pytest.raises(BadInput, match="no vote to give up"):
            await desk.compare.reveal(made)
        assert [r["kind"] for r in await desk.store.read("select kind from votes")] == ["skip"]

    at(tmp_path, work)


def test_names_that_are_known_end_the_other_blind_votes_of_the_conversation(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        first = made.turns[0].vote.token
        desk.compare.follow(made, "and now?")
        await made.wait()
        await desk.compare.vote(made, made.turns[1].vote.token, "tie")
        assert made.turns[0].vote.state == "skipped"
        with pytest.raises(BadInput):
            await desk.compare.vote(made, first, "A")

    at(tmp_path, work)


def test_open_turns_are_voted_on_one_by_one(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other")
        desk.compare.follow(made, "and now?")
        await made.wait()
        for turn in reversed(made.turns):
            await desk.compare.vote(made, turn.vote.token, "A")
        rows = await desk.store.read("select battle_id, blind from votes order by id")
        assert [row["battle_id"] for row in rows] == [turn.battle_id for turn in reversed(made.turns)]
        assert not any(row["blind"] for row in rows)

    at(tmp_path, work)


def test_one_model_asked_the_same_is_an_agreement_and_no_vote(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "maker", "maker", blind=True)
        turn = made.turns[0]
        assert turn.cells["A"].run.text == turn.cells["B"].run.text
        assert (turn.vote.state, made.revealed) == ("agreement", True)
        assert "one reply" in turn.vote.summary
        (vote,) = await desk.store.read("select kind, winners, losers from votes")
        assert vote == {"kind": "agreement", "winners": [], "losers": []}
        assert [r["shared"] for r in await desk.store.read("select shared from runs")] == [True, True]

    at(tmp_path, work)


def test_who_votes_for_a_shared_reply_votes_for_all_columns_that_share_it(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "maker", "maker", "quick")
        turn = made.turns[0]
        await desk.compare.vote(made, turn.vote.token, "A")
        (vote,) = await desk.store.read("select winners, losers from votes")
        assert vote["winners"] == [turn.cells["A"].run_id, turn.cells["B"].run_id]
        assert vote["losers"] == [turn.cells["C"].run_id]

    at(tmp_path, work)


def test_blind_columns_that_all_fail_are_shown_with_their_names(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "broken", "stuck", blind=True, deadline_s=0.1)
        assert [c.status for c in made.turns[0].cells.values()] == ["failed", "failed"]
        assert (made.turns[0].vote.state, made.revealed) == ("skipped", True)
        assert [r["kind"] for r in await desk.store.read("select kind from votes")] == ["skip"]

    at(tmp_path, work)


def test_open_columns_that_all_fail_can_be_retried_and_then_voted_on(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "broken", "once")
        states = [made.turns[0].vote.state]
        made.again("B")
        await made.wait()
        assert [*states, made.turns[0].vote.state] == ["none", "asked"]

    at(tmp_path, work)


# Asked again


def test_a_regenerated_answer_is_another_sample_another_run_and_another_token(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "maker", "quick", blind=True)
        turn = made.turns[0]
        letter = next(k for k, c in turn.cells.items() if c.column.spec.params["model"] == "maker")
        token, text, run = turn.vote.token, turn.cells[letter].run.text, turn.cells[letter].run_id
        made.again(letter, fresh=True)
        await made.wait()
        assert turn.cells[letter].run.text != text
        assert turn.cells[letter].run_id != run
        with pytest.raises(BadInput):
            await desk.compare.vote(made, token, "A")
        await desk.compare.vote(made, turn.vote.token, letter)
        (vote,) = await desk.store.read("select winners from votes")
        assert vote["winners"] == [turn.cells[letter].run_id]
        assert await count(desk, "runs") == 3

    at(tmp_path, work)


def test_a_retry_asks_a_failed_column_again(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "once")
        assert made.turns[0].cells["B"].status == "failed"
        made.again("B")
        await made.wait()
        assert made.turns[0].cells["B"].run.text == "the second time it works"
        runs = await desk.store.read("select error_kind from runs where letter = 'B' order by id")
        assert [r["error_kind"] for r in runs] == ["server", ""]

    at(tmp_path, work)


def test_a_blind_battle_that_was_voted_on_is_not_asked_again(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        await desk.compare.vote(made, made.turns[0].vote.token, "A")
        with pytest.raises(BadInput, match="voted on"):
            made.again("A", fresh=True)

    at(tmp_path, work)


def test_an_open_vote_stays_when_an_answer_is_regenerated(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "maker")
        await desk.compare.vote(made, made.turns[0].vote.token, "A")
        made.again("B", fresh=True)
        await made.wait()
        assert (made.turns[0].vote.state, made.turns[0].vote.choice) == ("cast", "A")
        assert await count(desk, "votes") == 1

    at(tmp_path, work)


def test_a_vote_that_is_overtaken_by_a_retry_does_not_come_back(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "maker")
        voting = asyncio.ensure_future(desk.compare.vote(made, made.turns[0].vote.token, "A"))
        await asyncio.sleep(0)
        made.again("B", fresh=True)
        await voting
        await made.wait()
        assert made.turns[0].vote.state == "cast"
        assert await count(desk, "votes") == 1

    at(tmp_path, work)


# When the store fails


def test_a_store_that_fails_loses_no_answer_and_no_vote(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await compared(desk, "quick", "other", blind=True)
        token = made.turns[0].vote.token
        desk.store.close()
        with pytest.raises(StoreError):
            await desk.compare.vote(made, token, "A")
        assert made.sealed
        assert made.turns[0].vote.token == token
        with pytest.raises(StoreError):
            await desk.compare.reveal(made)
        assert made.turns[0].vote.token == token
        desk.compare.follow(made, "still there?")
        await made.wait()
        assert {c.status for c in made.turns[1].cells.values()} == {"done"}
        assert any("Not saved" in notice for notice in made.notices)
        assert made.turns[1].vote.state == "asked"

    at(tmp_path, work)


def test_an_agreement_that_cannot_be_kept_still_shows_the_names(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await desk.compare.start(setup(desk, "stuck", "quick", blind=True), fixed("quick", "quick"), "hi")
        desk.store.close()
        await made.wait()
        assert (made.turns[0].vote.state, made.revealed) == ("agreement", True)
        assert any("Not saved" in notice for notice in made.notices)

    at(tmp_path, work)


def test_a_setup_that_cannot_be_kept_is_refused_before_anything_is_asked_and_may_be_tried_again(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.store.close()
        for _ in range(2):
            with pytest.raises(StoreError):
                await desk.compare.start(setup(desk, "quick"), fixed("quick", "quick"), "hi")

    at(tmp_path, work)


FULL = """
import asyncio, pathlib, resource, sys
from tests.desk import compared, open_desk
from workbench.errors import StoreError

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def main():
    async with open_desk(pathlib.Path(sys.argv[1])) as desk:
        made = await compared(desk, "quick", "other", blind=True)
        token = made.turns[0].vote.token
        await desk.store.read("select 1")
        room(1)
        try:
            await desk.compare.vote(made, token, "A")
        except StoreError as error:
            print(error)
        print(made.sealed, made.turns[0].vote.token == token)
        desk.compare.follow(made, "still there?")
        await made.wait()
        print([c.status for c in made.turns[1].cells.values()], made.notices[0])
        room(resource.RLIM_INFINITY)
        await desk.compare.vote(made, token, "A")
        print([r["choice"] for r in await desk.store.read("select choice from votes")])

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_the_same_vote_counts_when_there_is_room_again(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    refused, state, answers, votes = done.stdout.splitlines()
    assert "Free some space" in refused
    assert state == "True True"
    assert answers.startswith(f"['done', 'done'] Not saved: {tmp_path}")
    assert votes == "['A']"


# Closed


def test_closing_stops_what_runs_and_keeps_what_came(tmp_path: Path) -> None:
    async def work(desk: Desk) -> str:
        wanted = setup(desk, "stuck", "quick")
        made = await desk.compare.start(wanted, fixed("stuck", "quick"), "hi")
        await asyncio.sleep(0.1)
        await desk.compare.close()
        assert [c.status for c in made.turns[0].cells.values()] == ["stopped", "done"]
        rows = await desk.store.read("select text, error_kind from runs order by letter")
        assert rows == [{"text": "half of it ", "error_kind": "stopped"}, {"text": "a quick answer", "error_kind": ""}]
        return made.id

    at(tmp_path, work)


def test_closing_right_after_the_beginning_loses_no_column(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await desk.compare.start(setup(desk, "stuck"), fixed("stuck", "stuck"), "hi")
        await desk.compare.close()
        assert [c.status for c in made.turns[0].cells.values()] == ["stopped", "stopped"]
        assert await count(desk, "runs") == 2

    at(tmp_path, work)


def test_a_vote_teaches_what_learns_while_it_serves(tmp_path: Path) -> None:
    async def work(desk: Desk) -> tuple[float, float]:
        made = await compared(desk, "quick", "other", text="Which is better?")
        await desk.compare.vote(made, made.turns[0].vote.token, "B")
        await made.wait()
        bandit = desk.strategies.build("bandit")
        assert isinstance(bandit, Router)
        told = bandit.decide(made.turns[0].cells["A"].prompt).features
        return float(told["reward of quick"]), float(told["reward of other"])

    lost, won = at(tmp_path, work)
    assert lost < 0.5 < won
