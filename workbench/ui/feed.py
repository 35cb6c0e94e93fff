"""The event stream of one comparison: all columns in it, gathered for 50 ms, resumable by event id.

A Feed watches a Comparison, keeps its Document, and logs each patch as a ready server-sent event. While the
comparison is sealed (blind, not voted on), nothing but letters and evenly paced words goes into a patch.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import orjson

from workbench.events import CallStarted, Delta, Event, Finished
from workbench.palette import distinct_colors
from workbench.services.compare import choices
from workbench.services.comparison import Cell, Comparison, Turn

from .document import Document, Patch, apply, empty
from .markdown import Blocks, to_html
from .pace import Pace
from .render import metrics, trace, why

GATHER_S = 0.05
KEPT = 4000
"""Patches kept for those who were cut off; who missed more is given the whole document."""
FAILED_BLIND = "This column did not answer. What failed is shown with the names."


class Screen:
    """What a page has been shown of one cell."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.shown = 0
        self.final = False
        self.stale = False
        """The words shown are of an answer that was given up."""
        self.sent: dict[str, Any] = {}
        self.changed = True

    def clear(self) -> dict[str, Any]:
        self.blocks, self.shown, self.final, self.stale = Blocks(), 0, False, False
        return {"html": "", "tail": ""}


class Reader:
    """One page's place in the log."""

    def __init__(self, feed: Feed, after: str) -> None:
        self.feed, self.ready = feed, asyncio.Event()
        life, _, number = after.partition(".")
        known = (
            life == feed.life
            and number.isascii()
            and number.isdigit()
            and feed.first <= int(number) + 1 <= feed.first + len(feed.log)
        )
        self.next = int(number) + 1 if known else -1
        self.closed = False
        self.ready.set()

    def close(self) -> None:
        self.closed = True
        self.ready.set()

    async def read(self) -> bytes:
        """What is new, maybe several events; empty when closed."""
        await self.ready.wait()
        self.ready.clear()
        if self.closed:
            return b""
        end = self.feed.first + len(self.feed.log)
        if self.next < self.feed.first:  # new here, or too far behind
            self.next = end
            return self.feed.encode(end - 1, "state", self.feed.document)
        chunk = b"".join(self.feed.log[self.next - self.feed.first :])
        self.next = end
        return chunk or b": still here\n\n"


class Feed:
    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.document: Document = empty(comparison.id, comparison.setup.blind)
        self.life = secrets.token_hex(4)
        """Part of every event's id: a feed made anew counts from 0 again and must not be mistaken for this one."""
        self.log: list[bytes] = []
        self.first = 0
        self.readers: set[Reader] = set()
        self._screens: list[dict[str, Screen]] = []
        self._pace = Pace()
        self._timer: asyncio.Handle | None = None
        self._gathering = False
        self._news = True
        """Something but words has changed: the document's own fields may have, too."""
        self._pool = {m.id: m for m in comparison.setup.pool}
        for turn in comparison.turns:
            self._add_turn(turn)
        self.flush()
        comparison.watchers.append(self)

    # The watcher's side

    def on_turn(self, turn: Turn) -> None:
        if turn.index >= len(self._screens):
            self._add_turn(turn)
        self._news = True
        self._touch_all()
        self._soon(0)

    def on_restart(self, turn: Turn, cell: Cell) -> None:
        self._news = True
        self._pace = Pace()
        self._wipe(turn, cell)

    def on_event(self, turn: Turn, cell: Cell, event: Event) -> None:
        screen = self._screens[turn.index][cell.column.letter]
        if isinstance(event, Delta):
            if cell.run.attempts[event.n].call.role == "answer":
                self._soon(GATHER_S if screen.shown or self.comparison.sealed else 0)
            return
        self._news = True
        if isinstance(event, CallStarted) and event.call.role == "answer" and screen.shown:
            self._start_over(turn, cell, screen)
        screen.changed = True
        if isinstance(event, Finished):
            self._touch_all()  # costs are told relative to the dearest column
        self._soon(GATHER_S)

    # The page's side

    def encode(self, number: int, event: str, data: Any) -> bytes:
        return b"id: %s.%d\nevent: %s\ndata: %s\n\n" % (self.life.encode(), number, event.encode(), orjson.dumps(data))

    def subscribe(self, after: str = "") -> Reader:
        reader = Reader(self, after)
        self.readers.add(reader)
        return reader

    def unsubscribe(self, reader: Reader) -> None:
        self.readers.discard(reader)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self in self.comparison.watchers:
            self.comparison.watchers.remove(self)
        for reader in list(self.readers):
            reader.close()

    # From the one to the other

    def flush(self) -> None:
        """Log what changed since the last time, as at most one patch a turn."""
        self._timer = None
        for turn in self.comparison.turns:
            if any(s.changed or not s.final for s in self._screens[turn.index].values()):
                self._flush_turn(turn)
        if self._news or self.comparison.sealed:
            self._news = False
            if top := self._top():
                self._publish({"set": top})

    def _flush_turn(self, turn: Turn) -> None:
        limit = self._limit(turn)
        columns = {
            letter: change
            for letter, cell in turn.cells.items()
            if (change := self._column(turn, cell, self._screens[turn.index][letter], limit))
        }
        vote = self._vote(turn, limit)
        known = self.document["turns"][turn.index]["vote"]
        patch: Patch = {}
        if columns:
            patch["columns"] = columns
        if vote != {k: known.get(k) for k in vote}:
            patch["vote"] = vote
        if patch:
            self._publish({"turn": turn.index, **patch})
        if limit is not None and not self._all_shown(turn) and (limit or turn.ended):
            self._soon(GATHER_S)  # words are held back: the clock, not an event, lets them go

    def _limit(self, turn: Turn) -> int | None:
        """Characters that each column may show; None: all there are."""
        if not self.comparison.sealed or turn.index < len(self.comparison.turns) - 1:
            return None
        cells = turn.cells.values()
        return self._pace.advance(asyncio.get_running_loop().time(), [(len(c.run.text), c.ended) for c in cells])

    def _column(self, turn: Turn, cell: Cell, screen: Screen, limit: int | None) -> Patch:
        text = cell.run.text
        reach = len(text) if limit is None else min(limit, len(text))
        change: Patch = {}
        if screen.stale and (reach > screen.shown or (cell.ended and reach == len(text))):
            change["set"] = screen.clear()
        upto = max(screen.shown, reach)
        complete = screen.final or (
            cell.ended and upto == len(text) and (limit is None or cell.status == "done" or turn.ended)
        )
        if upto > screen.shown:
            words = self._words(screen, text[screen.shown : upto])
            change |= words | {"set": change.get("set", {}) | words.get("set", {})}
            screen.shown = upto
        if screen.changed or complete != screen.final or (limit is not None and upto):
            fields = self._fields(turn, cell, complete, upto)
            if complete and not screen.final:
                change.pop("html_add", None), change.pop("tail_add", None)
                fields |= {"html": to_html(text), "tail": ""}
                screen.final = True
            news = {k: v for k, v in fields.items() if k not in screen.sent or screen.sent[k] != v}
            screen.sent |= {k: v for k, v in news.items() if k not in ("html", "tail")}
            screen.changed = False
            if news:
                change["set"] = change.get("set", {}) | news
        return change

    @staticmethod
    def _words(screen: Screen, new: str) -> Patch:
        closed = screen.blocks.add(new)
        if closed:
            return {"html_add": closed, "set": {"tail": screen.blocks.tail}}
        return {"tail_add": new}

    def _fields(self, turn: Turn, cell: Cell, complete: bool, upto: int) -> dict[str, Any]:
        """The column's fields beside its words. Sealed: its state, and nothing of what it is."""
        if self.comparison.sealed:
            failed = complete and cell.status == "failed"
            status = cell.status if complete else "streaming" if upto else "waiting"
            return {"status": status, "error": FAILED_BLIND if failed else "", "can_retry": failed}
        run, cells = cell.run, turn.cells.values()
        dearest = max((c.run.cost_usd for c in cells if c.ended), default=0.0)
        model = run.answer.model if run.answer else run.answering.call.model if run.answering else ""
        return {
            "status": cell.status,
            "error": run.error,
            "kind": run.kind,
            "can_retry": cell.ended,
            "cut": run.cut,
            "strategy": cell.column.spec.strategy,
            "model": model or (run.decision.model if run.decision else ""),
            "metrics": metrics(run, self._pool, dearest) if cell.ended else None,
            "why": why(run, self.comparison.setup.pool),
            "trace": trace(run),
            "same_as": next((g[0] for g in turn.groups if cell.column.letter in g[1:]), None),
        }

    def _vote(self, turn: Turn, limit: int | None) -> dict[str, Any]:
        vote = turn.vote
        if vote.state == "asked" and (limit is None or self._all_shown(turn)):
            names = not self.comparison.sealed
            return {"state": "asked", "token": vote.token, "choices": _choices(turn, names)}
        state = "none" if vote.state == "asked" else vote.state
        return {"state": state, "token": "", "choice": vote.choice, "tags": list(vote.tags), "summary": vote.summary}

    def _all_shown(self, turn: Turn) -> bool:
        return all(s.final for s in self._screens[turn.index].values())

    def _top(self) -> dict[str, Any]:
        c = self.comparison
        busy = c.busy or (c.sealed and bool(c.turns) and not self._all_shown(c.turns[-1]))
        fields = {"revealed": c.revealed, "busy": busy, "notices": list(c.notices), "columns": self._names()}
        return {k: v for k, v in fields.items() if self.document.get(k) != v}

    def _names(self) -> list[dict[str, Any]]:
        if self.comparison.sealed:
            return [{"letter": column.letter} for column in self.comparison.columns]
        columns = self.comparison.columns
        colors = distinct_colors([column.spec.strategy for column in columns])
        return [
            {
                "letter": column.letter,
                "strategy": column.spec.strategy,
                "params": dict(column.spec.params),
                "color": list(color),
            }
            for column, color in zip(columns, colors, strict=True)
        ]

    def _add_turn(self, turn: Turn) -> None:
        self._pace = Pace()
        self._screens.append({letter: Screen() for letter in turn.cells})
        blank = {"status": "waiting", "html": "", "tail": "", "error": "", "can_retry": False}
        columns = {letter: dict(blank) for letter in turn.cells}
        vote = {"state": "none", "token": "", "choices": [], "choice": "", "tags": [], "summary": ""}
        self._publish({"add_turn": {"battle": turn.battle_id, "prompt": turn.text, "columns": columns, "vote": vote}})

    def _start_over(self, turn: Turn, cell: Cell, screen: Screen) -> None:
        """Another model answers. Blind, the old words stay until there are more new ones: an empty column would tell."""
        if self.comparison.sealed:
            screen.stale = True
        else:
            self._wipe(turn, cell)

    def _wipe(self, turn: Turn, cell: Cell) -> None:
        screen = self._screens[turn.index][cell.column.letter]
        screen.changed = True
        fields = screen.clear()
        self._publish({"turn": turn.index, "columns": {cell.column.letter: {"set": fields}}})

    def _touch_all(self) -> None:
        for screens in self._screens:
            for screen in screens.values():
                screen.changed = True

    def _publish(self, patch: Patch) -> None:
        self.log.append(self.encode(self.first + len(self.log), "patch", patch))
        apply(self.document, patch)
        if len(self.log) > 2 * KEPT:
            self.first += len(self.log) - KEPT
            del self.log[:-KEPT]
        for reader in self.readers:
            reader.ready.set()

    def _soon(self, delay_s: float) -> None:
        """Flush after this time at the latest."""
        if self._timer is not None:
            if delay_s or not self._gathering:
                return
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._gathering = delay_s > 0
        self._timer = loop.call_later(delay_s, self.flush) if delay_s else loop.call_soon(self.flush)


def _choices(turn: Turn, names: bool) -> list[dict[str, str]]:
    """The buttons of a vote: key, what is voted, and what stands on it."""
    words = {"tie": "Tie", "both_bad": "Both bad", "all_bad": "All bad"}
    keys = {"tie": "T", "both_bad": "B", "all_bad": "B"}
    if names:
        strategies = [c.column.spec.strategy for c in turn.cells.values()]
        words |= {
            k: c.column.spec.strategy for k, c in turn.cells.items() if strategies.count(c.column.spec.strategy) == 1
        }
    return [
        {"key": keys.get(choice, str(i + 1)), "choice": choice, "label": words.get(choice, choice)}
        for i, choice in enumerate(choices(turn))
    ]
