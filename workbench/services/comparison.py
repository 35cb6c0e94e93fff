"""One comparison: a conversation held with two to four strategies side by side.

Columns are fixed (and shuffled, when blind); every turn is a battle that asks all of them at once. Columns run
independently: one that fails, hangs or is stopped never holds the others. Times and texts of all calls are in each
cell's Run. Who watches is told of every event; nothing here knows of pages or tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.errors import BadInput, WorkbenchError
from workbench.events import Delta, Event, Finished, Run
from workbench.session import Provider
from workbench.strategy import Strategy
from workbench.types import NOTHING, Message, Model, Prompt, Spec, assistant, content_key, system, user

from .run import execute
from .share import Shared

LETTERS = "ABCD"
Status = Literal["waiting", "streaming", "done", "failed", "stopped"]
VoteState = Literal["none", "asked", "cast", "agreement", "skipped"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the user chose before the first prompt; equal setups belong to one experiment."""

    pool: tuple[Model, ...]
    blind: bool = False
    system: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Request fields of every call: temperature, max_tokens."""
    budget_usd: float | None = None
    """Most that one column may spend on one prompt."""
    deadline_s: float = 600.0

    def as_json(self) -> dict[str, Any]:
        return {
            "pool": [m.id for m in self.pool],
            "blind": self.blind,
            "system": self.system,
            "params": dict(self.params),
            "budget_usd": self.budget_usd,
        }


@dataclass(frozen=True, slots=True)
class Column:
    letter: str
    spec: Spec
    strategy: Strategy


@dataclass(slots=True)
class Cell:
    """One column's part in one turn."""

    column: Column
    run_id: str
    prompt: Prompt
    sample: int = 0
    run: Run = field(default_factory=Run)
    status: Status = "waiting"
    task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        return self.status in ("done", "failed", "stopped")

    @property
    def reply_key(self) -> str:
        """Identity of the reply the user reads: equal keys mean one shared reply, and nothing put into either alone."""
        answer = self.run.answer
        attempt = next((a for a in self.run.attempts if answer and a.reply is answer.reply), None)
        return content_key([attempt.call.key, attempt.text]) if attempt else ""


@dataclass(slots=True)
class Vote:
    state: VoteState = "none"
    token: str = ""
    choice: str = ""
    tags: tuple[str, ...] = ()
    comment: str = ""
    summary: str = ""


@dataclass(slots=True)
class Turn:
    battle_id: str
    index: int
    text: str
    category: str = ""
    cells: dict[str, Cell] = field(default_factory=dict)
    vote: Vote = field(default_factory=Vote)

    @property
    def ended(self) -> bool:
        return all(c.ended for c in self.cells.values())

    @property
    def groups(self) -> list[list[str]]:
        """Letters with an answer, those that share one reply together."""
        found: dict[str, list[str]] = {}
        for letter, cell in self.cells.items():
            if cell.run.answer is not None:
                found.setdefault(cell.reply_key, []).append(letter)
        return list(found.values())

    @property
    def agreed(self) -> bool:
        """Every column gave one and the same reply: nothing to vote on."""
        return len(self.cells) > 1 and len(self.groups) == 1 and len(self.groups[0]) == len(self.cells)


class Watcher(Protocol):
    def on_turn(self, turn: Turn) -> None:
        """A turn began, or its vote changed, or its last cell ended."""

    def on_event(self, turn: Turn, cell: Cell, event: Event) -> None: ...

    def on_restart(self, turn: Turn, cell: Cell) -> None:
        """The cell asks again: what it showed is void."""


class Recorder(Protocol):
    """Where what happened is kept. Raises WorkbenchError when it cannot."""

    async def battle(self, comparison: Comparison, turn: Turn) -> None: ...

    async def cell(self, comparison: Comparison, turn: Turn, cell: Cell) -> None: ...


@dataclass
class Comparison:
    id: str
    experiment_id: str
    setup: Setup
    columns: tuple[Column, ...]
    provider: Provider
    recorder: Recorder
    new_id: Callable[[], str]
    turns: list[Turn] = field(default_factory=list)
    revealed: bool = False
    watchers: list[Watcher] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """What the user must know that no column says: an answer that could not be saved."""
    settle: Callable[[Comparison, Turn], Awaitable[None]] | None = None
    """Told when the last cell of a turn has ended."""
    _waiting: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shared = Shared(self.provider)

    @property
    def sealed(self) -> bool:
        """Nothing that identifies a column may leave this process."""
        return self.setup.blind and not self.revealed

    @property
    def busy(self) -> bool:
        return bool(self.turns) and not self.turns[-1].ended

    @property
    def idle(self) -> bool:
        """Nothing runs, nothing waits to be kept, nobody reads."""
        return not self.busy and not self._waiting and not self.watchers

    def ask(self, text: str, category: str = "") -> Turn:
        """Begin a turn: every column starts at once. Raises BadInput while one is under way."""
        if self.busy:
            raise BadInput("the last prompt is still being answered: wait for it or stop it first")
        turn = Turn(self.new_id(), len(self.turns), text, category)
        for column in self.columns:
            turn.cells[column.letter] = Cell(column, self.new_id(), self._prompt(column, turn))
        self.turns.append(turn)
        for watcher in self.watchers:
            watcher.on_turn(turn)
        for cell in turn.cells.values():
            self._start(turn, cell)
        self._spawn(self._recorded(self.recorder.battle(self, turn)))
        return turn

    def stop(self, letter: str = "") -> None:
        """Stop one column of the last turn, or all. What has ended stays as it is."""
        for cell in self._cells(letter):
            if cell.task is not None and not cell.ended:
                asyncio.get_running_loop().call_soon(_cancel, cell, cell.task)

    def stop_unread(self) -> None:
        """Nobody is there to read: spend nothing more."""
        if self.busy:
            self.stop()

    def again(self, letter: str, *, fresh: bool = False) -> None:
        """Ask one column of the last turn anew: `fresh` wants another sample, else the same call is retried."""
        cell, turn = self._cells(letter)[0], self.turns[-1]
        if self.sealed and not turn.ended:  # whether this one has ended would tell which model is the slow one
            raise BadInput("a blind column can be asked again when all have answered: wait, or stop them first")
        if not cell.ended:
            raise BadInput("this column is still answering: stop it first")
        voted = turn.vote.state in ("cast", "skipped", "agreement")
        if voted and self.setup.blind:
            raise BadInput("this battle is voted on: ask a follow-up instead")
        cell.sample += fresh
        cell.run, cell.run_id, cell.status = Run(), self.new_id(), "waiting"
        if not voted:  # a vote counts once and stays what it was, for the answers it was given for
            turn.vote = Vote()
        for watcher in self.watchers:
            watcher.on_restart(turn, cell)
            watcher.on_turn(turn)
        self._start(turn, cell)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside everything else; `wait` waits for it, and a failure becomes a notice."""
        self._spawn(self._recorded(work))

    async def wait(self) -> None:
        """Until every column has ended and everything is recorded."""
        while self._waiting:
            await asyncio.gather(*self._waiting, return_exceptions=True)

    def _cells(self, letter: str) -> list[Cell]:
        if not self.turns:
            raise BadInput("nothing has been asked yet")
        cells = self.turns[-1].cells
        if letter and letter not in cells:
            raise BadInput(f"no column {letter!r}; there are {', '.join(cells)}")
        return [cells[letter]] if letter else list(cells.values())

    def _prompt(self, column: Column, turn: Turn) -> Prompt:
        tags = {"category": turn.category} if turn.category else NOTHING
        return Prompt(turn.battle_id, tuple(self._conversation(column, turn)), self.setup.pool, tags)

    def _conversation(self, column: Column, turn: Turn) -> list[Message]:
        """This column's own: its earlier answers, not the others'."""
        said = [system(self.setup.system)] if self.setup.system else []
        for earlier in self.turns[: turn.index]:
            answer = earlier.cells[column.letter].run.text
            said += [user(earlier.text), assistant(answer)] if answer else [user(earlier.text)]
        return [*said, user(turn.text)]

    def _start(self, turn: Turn, cell: Cell) -> None:
        cell.task = self._spawn(self._run(turn, cell))

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return task

    async def _run(self, turn: Turn, cell: Cell) -> None:
        def emit(event: Event) -> None:
            self._take(turn, cell, event)

        try:
            await execute(
                cell.column.strategy,
                cell.prompt,
                self.shared,
                emit,
                params=self.setup.params,
                budget_usd=self.setup.budget_usd,
                deadline_s=self.setup.deadline_s,
                sample=cell.sample,
            )
        except asyncio.CancelledError:
            log.debug("column %s stopped", cell.column.letter)
        await self._recorded(self.recorder.cell(self, turn, cell))
        if turn.ended and self.settle is not None:
            await self._recorded(self.settle(self, turn))

    async def _recorded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except WorkbenchError as error:
            log.error("not saved: %s", error)
            notice = f"Not saved: {str(error).removeprefix('not saved: ')}"
            if notice not in self.notices:
                self.notices.append(notice)
            for watcher in self.watchers:
                watcher.on_turn(self.turns[-1])

    def _take(self, turn: Turn, cell: Cell, event: Event) -> None:
        cell.run.add(event)
        if isinstance(event, Delta):
            if cell.status == "waiting" and cell.run.attempts[event.n].call.role == "answer":
                cell.status = "streaming"
        elif isinstance(event, Finished):
            cell.status = "done" if event.answer else "stopped" if event.kind == "stopped" else "failed"
        for watcher in self.watchers:
            watcher.on_event(turn, cell, event)


def _cancel(cell: Cell, task: asyncio.Task[None]) -> None:
    """Not in the step that began the task: cancelled before its first, it would end without a word. And not when it
    only keeps what happened."""
    if cell.task is task and not cell.ended:
        task.cancel()
