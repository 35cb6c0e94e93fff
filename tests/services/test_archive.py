"""Comparisons out of the store are those that went in: after eviction, a restart, a crash."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.desk import compared, fixed, open_desk, setup
from workbench.errors import BadInput
from workbench.services.comparison import Comparison
from workbench.services.desk import Desk
from workbench.ui.feed import Feed


async def shown(comparison: Comparison) -> dict[str, Any]:
    """What a page is given of it, once all of it is shown."""
    feed = Feed(comparison)
    async with asyncio.timeout(10):
        while feed.document["busy"]:  # noqa: ASYNC110 - the feed's own clock lets the words go
            await asyncio.sleep(0.02)
    feed.close()
    found: dict[str, Any] = json.loads(json.dumps(feed.document))
    return found


def lasting(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is made anew: a vote's token, and the buttons of a vote that is over."""
    for turn in document["turns"]:
        turn["vote"].pop("token")
        if turn["vote"]["state"] != "asked":
            turn["vote"].pop("choices")
    return document


def kept(document: dict[str, Any]) -> dict[str, Any]:
    """As it has to come back. A call's end is not kept: it follows from its latency, without what sharing it took."""
    for turn in lasting(document)["turns"]:
        for column in turn["columns"].values():
            for span in column.get("trace", []):
                span |= {name: pytest.approx(span[name], abs=0.5) for name in ("end_s", "wait_s")}
    return document


async def forgotten(desk: Desk, comparison: Comparison) -> Comparison:
    """The comparison, after it has left memory, as the store has it."""
    desk.compare.max_live = 0
    await compared(desk, "quick", "other", text="something else")
    found = await desk.compare.find(comparison.id)
    assert found is not comparison
    return found


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("models", [("quick", "other"), ("quick", "broken", "stuck"), ("maker", "maker")])
def test_a_comparison_that_left_memory_comes_back_as_it_was(
    tmp_path: Path, models: tuple[str, ...], blind: bool
) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, *models, blind=blind, deadline_s=0.3, system="Be brief.", text="# <b>hi</b> 👋")
            before = await shown(made)
            found = await forgotten(desk, made)
            assert found.setup.as_json() == made.setup.as_json()
            assert lasting(await shown(found)) == kept(before)

    asyncio.run(main())


@pytest.mark.parametrize("blind", [False, True])
def test_a_conversation_its_vote_and_its_retries_outlive_the_desk(tmp_path: Path, blind: bool) -> None:
    async def before() -> tuple[str, dict[str, Any]]:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "maker", blind=blind)
            made.again("B", fresh=True)
            await made.wait()
            desk.compare.follow(made, "and then?")
            await made.wait()
            await desk.compare.vote(made, made.turns[1].vote.token, "B", ["clear"], "because")
            await made.wait()
            return made.id, await shown(made)

    async def after(key: str) -> dict[str, Any]:
        async with open_desk(tmp_path) as desk:
            return lasting(await shown(await desk.compare.find(key)))

    key, told = asyncio.run(before())
    again = asyncio.run(after(key))
    assert again == kept(told)
    assert [turn["vote"]["state"] for turn in again["turns"]] == ["skipped" if blind else "asked", "cast"]


def test_a_sealed_comparison_stays_sealed_and_can_still_be_voted_on(tmp_path: Path) -> None:
    async def before() -> str:
        async with open_desk(tmp_path) as desk:
            return (await compared(desk, "quick", "other", blind=True)).id

    async def after(key: str) -> None:
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(key)
            assert found.sealed
            body = json.dumps(await shown(found))
            for secret in ("fixed", "cost", "latency", *(c.spec.key for c in found.columns)):
                assert secret not in body
            await desk.compare.vote(found, found.turns[0].vote.token, "A")
            (vote,) = await desk.store.read("select blind, winners from votes")
            assert vote == {"blind": True, "winners": [found.turns[0].cells["A"].run_id]}

    asyncio.run(after(asyncio.run(before())))


def test_a_conversation_goes_on_after_a_restart(tmp_path: Path) -> None:
    async def before() -> str:
        async with open_desk(tmp_path) as desk:
            return (await compared(desk, "quick", "other", text="first", system="Be brief.")).id

    async def after(key: str) -> None:
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(key)
            desk.compare.follow(found, "second")
            await found.wait()
            said = [m.text for m in found.turns[1].cells["A"].run.attempts[0].call.messages]
            assert said == ["Be brief.", "first", "a quick answer", "second"]
            rows = await desk.store.read("select turn from battles order by turn")
            assert [row["turn"] for row in rows] == [0, 1]

    asyncio.run(after(asyncio.run(before())))


def test_an_agreement_that_was_not_kept_is_kept_when_it_is_found_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await desk.compare.start(setup(desk, "quick", blind=True), fixed("quick", "quick"), "hi")
            made.settle = None
            await made.wait()
            found = await forgotten(desk, made)
            assert (found.turns[0].vote.state, found.revealed) == ("agreement", True)
            rows = await desk.store.read("select kind from votes where comparison_id = ?", [made.id])
            assert rows == [{"kind": "agreement"}]

    asyncio.run(main())


def test_many_who_look_for_it_at_once_find_the_same_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other", blind=True)
            desk.compare.max_live = 0
            await compared(desk, "quick", "other")
            found = await asyncio.gather(*(desk.compare.find(made.id) for _ in range(5)))
            assert len({id(c) for c in found}) == 1
            assert found[0].turns[0].vote.state == "asked"

    asyncio.run(main())


def test_what_runs_or_is_read_is_not_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            desk.compare.max_live = 0
            running = await desk.compare.start(setup(desk, "endless"), fixed("endless", "endless"), "hi")
            read = await compared(desk, "quick", "other")
            feed = Feed(read)
            await compared(desk, "quick", "other")
            assert await desk.compare.find(running.id) is running
            assert await desk.compare.find(read.id) is read
            feed.close()

    asyncio.run(main())


def test_there_is_no_comparison_of_an_unknown_id(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            for key in ("", "none", "' or 1=1 --", "\x00", "x" * 10_000):
                with pytest.raises(BadInput, match="no comparison"):
                    await desk.compare.find(key)

    asyncio.run(main())


def test_models_and_strategies_that_are_gone_leave_what_they_said_readable(tmp_path: Path) -> None:
    async def before() -> str:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other")
            return made.id

    async def after(key: str) -> None:
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(key)
            document = await shown(found)
            assert document["turns"][0]["columns"]["A"]["model"] == "quick"
            assert document["turns"][0]["columns"]["A"]["metrics"]["cost_usd"] > 0
            assert document["columns"][1]["strategy"] == "vanished"
            found.again("B")
            await found.wait()
            assert "vanished" in found.turns[0].cells["B"].run.error

    key = asyncio.run(before())
    catalog = tmp_path / "models.toml"
    catalog.write_text(catalog.read_text().replace('id = "quick"', 'id = "renamed"'))
    rename_strategy(tmp_path, spec_of="other")
    asyncio.run(after(key))


def rename_strategy(home: Path, spec_of: str) -> None:
    """As if the strategy of one spec had been a plugin that is no longer installed."""
    import duckdb

    with duckdb.connect(str(home / "workbench.duckdb")) as connection:
        connection.execute("update specs set strategy = 'vanished' where params::varchar like ?", [f"%{spec_of}%"])


def test_a_battle_that_was_not_kept_leaves_the_rest_readable(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compared(desk, "quick", "other")
            desk.compare.follow(made, "second")
            await made.wait()
            key, first = made.id, made.turns[0].battle_id
        import duckdb

        with duckdb.connect(str(tmp_path / "workbench.duckdb")) as connection:
            connection.execute("delete from battles where id = ?", [first])
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(key)
            document = await shown(found)
            assert [turn["prompt"] for turn in document["turns"]] == ["second"]
            desk.compare.follow(found, "third")
            await found.wait()
            assert found.turns[1].ended

    asyncio.run(main())


KILLED = """
import asyncio, os, pathlib, signal, sys
from tests.desk import fixed, open_desk, setup

async def main():
    async with open_desk(pathlib.Path(sys.argv[1])) as desk:
        wanted = setup(desk, "stuck", "quick", blind=sys.argv[2] == "blind")
        made = await desk.compare.start(wanted, fixed("stuck", "quick"), "Say it.")
        quick = next(c for c in made.turns[0].cells.values() if c.column.spec.params["model"] == "quick")
        while not quick.ended:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        print(made.id, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("mode", ["open", "blind"])
def test_a_comparison_whose_app_was_killed_can_be_read_and_says_what_was_lost(tmp_path: Path, mode: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), mode], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    key = done.stdout.strip()

    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(key)
            by_model = {c.column.spec.params["model"]: c for c in found.turns[0].cells.values()}
            assert by_model["quick"].run.text == "a quick answer"
            assert (by_model["stuck"].status, by_model["stuck"].run.kind) == ("failed", "lost")
            assert found.sealed == (mode == "blind")
            assert found.turns[0].vote.state == "asked"
            letter = by_model["stuck"].column.letter
            found.again(letter)
            await asyncio.sleep(0.1)
            assert by_model["stuck"].run.text == "half of it "
            found.stop()
            await found.wait()

    asyncio.run(main())
