"""What a page is sent of a comparison: all of it, in order, resumable; and nothing of it while it is blind."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.pool import Pool
from workbench.errors import CallError
from workbench.events import Delta
from workbench.services.comparison import Cell, Column, Comparison, Setup, Turn, Vote
from workbench.services.specs import build, registry
from workbench.session import Session
from workbench.strategy import Strategy
from workbench.types import Answer, Model, Prompt, Reply
from workbench.ui.document import apply
from workbench.ui.feed import Feed, Reader

FAST = Model("fast-model", 1, 2, options={"tokens_per_s": 400, "text": "one two three " * 20})
SLOW = Model("slow-model", 3, 9, options={"latency_s": 0.1, "tokens_per_s": 120, "text": "uno dos tres cuatro " * 8})
BROKEN = Model("broken-model", 1, 1, options={"fault": "500"})


@dataclass
class Restarting(Strategy):
    """Has the next model start the answer over when one breaks off."""

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        for m in prompt.models[:-1]:
            try:
                return Answer(await session.ask(m.id), m.id)
            except CallError:
                continue
        return Answer(await session.ask(prompt.models[-1].id), prompt.models[-1].id)


class Nowhere:
    """Records nothing: what is sent to pages does not depend on it."""

    async def battle(self, comparison: Comparison, turn: Turn) -> None: ...

    async def cell(self, comparison: Comparison, turn: Turn, cell: Cell) -> None: ...


def comparison(models: Sequence[Model], blind: bool = False) -> Comparison:
    pool, strategies, ids = tuple(models), registry(), (f"id{n}" for n in itertools.count())
    columns = [
        Column(letter, *build(strategies, "fixed", {"model": m.id}, pool=pool))
        for letter, m in zip("ABCD", pool, strict=False)
    ]
    made = Comparison("c", "e", Setup(pool, blind), tuple(columns), Pool(pool), Nowhere(), lambda: next(ids))

    async def settle(c: Comparison, turn: Turn) -> None:
        if turn.vote.state == "none":
            turn.vote = Vote("asked", "secret-token")
            for watcher in c.watchers:
                watcher.on_turn(turn)

    made.settle = settle
    return made


async def everything(reader: Reader, until: Callable[[dict[str, Any]], bool]) -> tuple[dict[str, Any], list[bytes]]:
    """Read until the document is as wanted; the document a page has by then, and all bytes it was sent."""
    document: dict[str, Any] = {}
    sent: list[bytes] = []
    while not document or not until(document):
        async with asyncio.timeout(10):
            chunk = await reader.read()
        sent.append(chunk)
        for event in chunk.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in event.split("\n") if ": " in line)
            if fields.get("event") == "state":
                document = json.loads(fields["data"])
            elif fields.get("event") == "patch":
                apply(document, json.loads(fields["data"]))
    return document, sent


def voting(document: dict[str, Any]) -> bool:
    return bool(document["turns"]) and document["turns"][-1]["vote"]["state"] == "asked"


def go(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


def test_a_page_that_applied_all_patches_has_the_servers_document() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed = Feed(c)
        reader = feed.subscribe()
        c.ask("go")
        document, _ = await everything(reader, voting)
        assert document == json.loads(json.dumps(feed.document))
        answer = document["turns"][0]["columns"]["A"]
        assert answer["status"] == "done"
        assert answer["metrics"]["cost_usd"] > 0
        assert answer["why"]["model"] == "fast-model"
        assert "one two three" in answer["html"]
        assert answer["tail"] == ""

    go(work)


def test_a_dropped_connection_resumes_after_the_last_event_it_had() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed = Feed(c)
        first = feed.subscribe()
        c.ask("go")
        await first.read()
        await asyncio.sleep(0.1)
        chunk = await first.read()
        life, _, last = chunk.decode().split("id: ")[-1].split("\n")[0].partition(".")
        await c.wait()
        await asyncio.sleep(0.1)
        again = await feed.subscribe(f"{life}.{last}").read()
        assert b"event: state" not in again
        numbers = [int(line.split(".")[1]) for line in again.decode().split("\n") if line.startswith("id: ")]
        assert numbers == list(range(int(last) + 1, int(last) + 1 + len(numbers)))

    go(work)


def test_an_event_id_from_another_life_is_given_the_whole_document() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed, other = Feed(c), Feed(c)
        for after in (f"{other.life}.0", f"{feed.life}.999", "0", "x.y", "\ud800.1"):
            assert b"event: state" in await feed.subscribe(after).read()

    go(work)


def test_nothing_that_identifies_a_column_is_sent_before_the_vote() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW, BROKEN], blind=True)
        reader = Feed(c).subscribe()
        c.ask("go")
        _, sent = await everything(reader, voting)
        body = b"".join(sent).decode()
        for secret in ("fast-model", "slow-model", "broken-model", "fixed", "cost", "latency", "ttft", "spec", "500"):
            assert secret not in body, secret
        for column in c.columns:
            assert column.spec.key not in body

    go(work)


def test_blind_columns_are_read_at_one_pace() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW], blind=True)
        feed = Feed(c)
        reader = feed.subscribe()
        c.ask("go")
        done = {"A": len(FAST.options["text"]), "B": len(SLOW.options["text"])}
        document: dict[str, Any] = {}
        while not document or not voting(document):
            document, _ = await everything(reader, lambda _: True) if not document else (document, [])
            columns = feed.document["turns"][0]["columns"] if feed.document["turns"] else {}
            shown = {k: len(v["tail"]) for k, v in columns.items() if v["status"] == "streaming"}
            if len(shown) == 2 and all(shown[k] < done[k] - 8 for k in shown):
                assert shown["A"] == shown["B"]
            await asyncio.sleep(0.02)
            document = feed.document

    go(work)


def test_names_and_prices_come_with_the_reveal() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW], blind=True)
        feed = Feed(c)
        reader = feed.subscribe()
        c.ask("go")
        await everything(reader, voting)
        c.revealed = True
        c.turns[0].vote = Vote("cast", choice="A", summary="You chose fixed.")
        feed.on_turn(c.turns[0])
        await asyncio.sleep(0.05)
        assert [column["strategy"] for column in feed.document["columns"]] == ["fixed", "fixed"]
        assert feed.document["turns"][0]["columns"]["B"]["model"] == "slow-model"
        assert feed.document["turns"][0]["vote"]["token"] == ""

    go(work)


def test_a_failed_column_leaves_the_others_alone_and_says_why() -> None:
    async def work() -> None:
        c = comparison([FAST, BROKEN])
        reader = Feed(c).subscribe()
        c.ask("go")
        document, _ = await everything(reader, voting)
        columns = document["turns"][0]["columns"]
        assert columns["A"]["status"] == "done"
        assert columns["B"]["status"] == "failed"
        assert "broken-model" in columns["B"]["error"]
        assert columns["B"]["can_retry"]

    go(work)


def test_a_retry_starts_the_column_over() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed = Feed(c)
        c.ask("go")
        await c.wait()
        feed.flush()
        assert feed.document["turns"][0]["columns"]["A"]["html"]
        c.again("A", fresh=True)
        assert feed.document["turns"][0]["columns"]["A"]["html"] == ""
        await c.wait()
        await asyncio.sleep(0.1)
        assert feed.document["turns"][0]["columns"]["A"]["status"] == "done"
        assert feed.document["turns"][0]["vote"]["state"] == "asked"

    go(work)


def test_a_blind_retry_leaves_the_columns_that_are_there_as_they_are() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW, BROKEN], blind=True)
        feed = Feed(c)
        reader = feed.subscribe()
        c.ask("go")
        await everything(reader, voting)
        before = {k: dict(feed.document["turns"][0]["columns"][k]) for k in "AB"}
        c.again("C")
        feed.flush()
        during = {k: dict(feed.document["turns"][0]["columns"][k]) for k in "AB"}
        await c.wait()
        feed.flush()
        columns = feed.document["turns"][0]["columns"]
        assert during == before
        assert {k: columns[k] for k in "AB"} == before
        assert columns["C"]["status"] == "failed"

    go(work)


def test_the_first_words_do_not_wait_for_company() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed = Feed(c)
        turn = c.ask("go")
        cell = turn.cells["A"]
        while not cell.run.text:  # noqa: ASYNC110 - the very next step of the loop is what is tested
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert feed.document["turns"][0]["columns"]["A"]["tail"] != ""
        c.stop()
        await c.wait()

    go(work)


def test_a_model_that_starts_the_answer_over_replaces_what_was_shown() -> None:
    async def work() -> None:
        cut = Model(
            "cut",
            1,
            1,
            options={"tokens_per_s": 200, "text": "half an answer is", "fault": {"name": "cut", "after": 3}},
        )
        c = comparison([cut, FAST])
        c.columns = (Column("A", c.columns[0].spec, Restarting()), c.columns[1])
        feed = Feed(c)
        c.ask("go")
        await c.wait()
        await asyncio.sleep(0.1)
        column = feed.document["turns"][0]["columns"]["A"]
        assert "half" not in column["html"]
        assert "one two three" in column["html"]
        assert [span["kind"] for span in column["trace"]] == ["cut", ""]

    go(work)


def test_an_answer_that_broke_off_and_was_kept_is_marked_and_not_while_it_is_blind() -> None:
    async def work(blind: bool) -> dict[str, Any]:
        options = {"text": "half an answer is", "fault": {"name": "cut", "after": 3}}
        c = comparison([Model("cut", 1, 1, options=options), FAST], blind=blind)
        spec, strategy = build(registry(), "fallback", {"inner": "fixed"}, pool=c.setup.pool)
        c.columns = (Column("A", spec, strategy), c.columns[1])
        feed = Feed(c)
        c.ask("go")
        await c.wait()
        while not voting(feed.document):  # noqa: ASYNC110 - words of a blind column are let go by the clock
            await asyncio.sleep(0.02)
        return dict(feed.document["turns"][0]["columns"]["A"])

    shown = asyncio.run(work(False))
    assert (shown["status"], shown["cut"], "half an answer" in shown["html"]) == ("done", True, True)
    hidden = asyncio.run(work(True))
    assert "half an answer" in hidden["html"]
    assert "cut" not in hidden


def test_deltas_are_gathered() -> None:
    async def work() -> None:
        c = comparison([FAST, SLOW])
        feed = Feed(c)
        deltas = 0

        class Counter:
            def on_turn(self, turn: Turn) -> None: ...

            def on_restart(self, turn: Turn, cell: Cell) -> None: ...

            def on_event(self, turn: Turn, cell: Cell, event: object) -> None:
                nonlocal deltas
                deltas += isinstance(event, Delta)

        c.watchers.append(Counter())
        c.ask("go")
        await c.wait()
        assert len(feed.log) < deltas + 12
        assert isinstance(c.turns[0].cells["A"].run.answer.reply, Reply)  # type: ignore[union-attr]  # it has ended

    go(work)


def test_a_blind_column_never_loses_words_when_another_model_starts_its_answer_over() -> None:
    async def work() -> None:
        text = {"text": "half an answer is all that comes of this one", "fault": {"name": "cut", "after": 8}}
        c = comparison([Model("cut", 1, 1, options={"tokens_per_s": 100, **text}), SLOW], blind=True)
        c.columns = (Column("A", c.columns[0].spec, Restarting()), c.columns[1])
        feed = Feed(c)
        reader = feed.subscribe()
        c.ask("go")
        lengths = [0]
        while not voting(feed.document):
            await reader.read()
            column = feed.document["turns"][0]["columns"]["A"] if feed.document["turns"] else {"tail": "", "html": ""}
            lengths.append(len(column["tail"] or column["html"]))
        assert max(lengths) > 0
        assert lengths == sorted(lengths)
        assert "half" not in feed.document["turns"][0]["columns"]["A"]["html"]

    go(work)
