"""A conversation with several columns: each goes on by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.desk import compared, fixed, open_desk, setup
from workbench.errors import BadInput
from workbench.events import Event
from workbench.services.comparison import Cell, Turn


def test_a_follow_up_continues_each_columns_own_conversation(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other", text="first", system="Be brief.")
            desk.compare.follow(made, "second")
            await made.wait()
            for letter, answer in (("A", "a quick answer"), ("B", "another answer, with more words")):
                call = made.turns[1].cells[letter].run.attempts[0].call
                said = [(m.role, m.text) for m in call.messages]
                assert said == [
                    ("system", "Be brief."),
                    ("user", "first"),
                    ("assistant", answer),
                    ("user", "second"),
                ]

    asyncio.run(main())


def test_a_column_that_gave_no_answer_goes_on_without_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "broken", text="first")
            desk.compare.follow(made, "second")
            await made.wait()
            said = [m.role for m in made.turns[1].cells["B"].prompt.messages]
            assert said == ["user", "user"]

    asyncio.run(main())


def test_a_follow_up_waits_until_the_last_prompt_is_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "endless", "quick"), fixed("endless", "quick"), "hi")
            with pytest.raises(BadInput, match="still being answered"):
                desk.compare.follow(made, "more")
            with pytest.raises(BadInput, match="stop it first"):
                made.again("A")
            assert len(made.turns) == 1

    asyncio.run(main())


def test_a_blind_retry_does_not_tell_which_column_has_ended(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            wanted = setup(desk, "endless", "quick", blind=True)
            made = await desk.compare.start(wanted, fixed("endless", "quick"), "hi")
            while not any(cell.ended for cell in made.turns[0].cells.values()):  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0.02)
            said = []
            for letter in "AB":
                with pytest.raises(BadInput) as refused:
                    made.again(letter)
                said.append(str(refused.value))
            assert said[0] == said[1]

    asyncio.run(main())


def test_an_empty_follow_up_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other")
            with pytest.raises(BadInput, match="empty"):
                desk.compare.follow(made, "  ")

    asyncio.run(main())


def test_stopping_one_column_leaves_the_others(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            wanted = setup(desk, "endless", "stuck", "quick")
            made = await desk.compare.start(wanted, fixed("endless", "stuck", "quick"), "hi")
            await asyncio.sleep(0.1)
            made.stop("B")
            await asyncio.sleep(0.05)
            assert [c.status for c in made.turns[0].cells.values()] == ["streaming", "stopped", "done"]
            made.stop()
            await made.wait()
            assert [c.status for c in made.turns[0].cells.values()] == ["stopped", "stopped", "done"]
            assert made.turns[0].vote.state == "asked"

    asyncio.run(main())


def test_stopping_one_of_two_columns_that_share_a_call_leaves_the_other_reading(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "endless"), fixed("endless", "endless"), "hi")
            await asyncio.sleep(0.1)
            made.stop("A")
            await asyncio.sleep(0.1)
            a, b = made.turns[0].cells.values()
            assert (a.status, b.status) == ("stopped", "streaming")
            assert len(b.run.text) > len(a.run.text)

    asyncio.run(main())


def test_a_stop_in_the_step_of_the_beginning_is_told_and_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "stuck", "quick"), fixed("stuck", "quick"), "hi")
            made.stop()
            await made.wait()
            assert not made.busy
            assert {c.status for c in made.turns[0].cells.values()} <= {"stopped", "done"}
            (row,) = await desk.store.read("select count(*) as n from runs")
            assert row["n"] == 2

    asyncio.run(main())


def test_pressing_stop_often_or_after_the_end_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "endless", "quick"), fixed("endless", "quick"), "hi")
            await asyncio.sleep(0.05)
            for _ in range(5):
                made.stop()
                await asyncio.sleep(0)
            await made.wait()
            made.stop()
            await asyncio.sleep(0)
            (row,) = await desk.store.read("select count(*) as n from runs")
            assert row["n"] == 2

    asyncio.run(main())


def test_a_stop_leaves_nothing_running(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "stuck"), fixed("stuck", "stuck"), "hi")
            await asyncio.sleep(0.05)
            made.stop()
            await made.wait()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_there_is_no_column_of_another_letter(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other")
            for act in (made.stop, made.again):
                with pytest.raises(BadInput, match="no column 'C'; there are A, B"):
                    act("C")

    asyncio.run(main())


def test_one_column_may_spend_no_more_than_the_budget(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other", budget_usd=0.002, params={"max_tokens": 100})
            a, b = made.turns[0].cells.values()
            assert (a.status, b.status) == ("done", "failed")
            assert b.run.kind == "budget"

    asyncio.run(main())


def test_watchers_are_told_of_every_turn_event_and_restart_in_order(tmp_path: Path) -> None:
    class Diary:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def on_turn(self, turn: Turn) -> None:
            self.lines.append("turn")

        def on_event(self, turn: Turn, cell: Cell, event: Event) -> None:
            self.lines.append(f"{cell.column.letter} {type(event).__name__}")

        def on_restart(self, turn: Turn, cell: Cell) -> None:
            self.lines.append(f"{cell.column.letter} again")

    async def main() -> list[str]:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other")
            diary = Diary()
            made.watchers.append(diary)
            made.again("A", fresh=True)
            await made.wait()
            return diary.lines

    lines = asyncio.run(main())
    assert lines[:3] == ["A again", "turn", "A Decided"]
    assert lines[-2:] == ["A Finished", "turn"]
