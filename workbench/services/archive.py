"""Comparisons in and out of the store: what the compare service records, and a comparison read back whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from workbench.catalog import Catalog
from workbench.errors import BadParameter, UnknownModel, UnknownPlugin
from workbench.registry import Registry
from workbench.session import Provider, Session
from workbench.store import Row, Store
from workbench.store.comparisons import (
    Battle,
    StoredComparison,
    StoredTurn,
    battle_rows,
    experiment_row,
    load_comparison,
)
from workbench.store.messages import parsed
from workbench.store.runs import Origin, Stored, load, run_rows, spec_row
from workbench.store.votes import Ballot, Kind, crowd, vote_row
from workbench.strategy import Strategy
from workbench.types import Answer, Model, Prompt, Spec, system

from .battle_verdict import SKIPPED, verdict
from .comparison import Cell, Column, Comparison, Setup, Status, Turn, Vote, VoteState
from .keep import without_secrets
from .specs import build

VOTE_STATES: Mapping[str, VoteState] = {"vote": "cast", "agreement": "agreement", "skip": "skipped"}
LOST = "the app ended before this answer did"


@dataclass
class Gone(Strategy):
    """Stands where a stored strategy cannot be built any more: what it said can be read, and asking it says why not."""

    reason: str

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        raise UnknownPlugin(f"this column cannot be asked again: {self.reason}")


@dataclass
class StoreArchive:
    """The compare service's Archive. What writes returns when it is durable."""

    store: Store
    strategies: Registry[Strategy]
    catalog: Catalog
    provider: Provider
    new_id: Callable[[], str]

    async def experiment(self, experiment_id: str, setup: Setup, specs: Sequence[Spec]) -> None:
        at, name = now(), " / ".join(s.strategy for s in specs)
        row = experiment_row(experiment_id, "compare", [s.key for s in specs], setup.as_json(), at, name=name)
        asked = Prompt("", (system(setup.system),), setup.pool)
        strategies = [build(self.strategies, s.strategy, s.params, pool=setup.pool)[1] for s in specs]
        kept_row = await asyncio.to_thread(without_secrets, [row], strategies, asked)
        await self.store.append([*kept_row, *(spec_row(s, at) for s in specs)])

    async def battle(self, comparison: Comparison, turn: Turn) -> None:
        cells = list(turn.cells.values())
        columns = tuple((c.column.letter, c.run_id, c.column.spec.key) for c in cells)
        battle = Battle(turn.battle_id, comparison.id, turn.index, comparison.experiment_id, comparison.sealed, columns)
        rows = battle_rows(battle, cells[0].prompt, now())
        await self.store.append(await self._kept(comparison, cells[0].prompt, rows))

    async def cell(self, comparison: Comparison, turn: Turn, cell: Cell) -> None:
        shared = any(comparison.shared.shared(a.call.key) for a in cell.run.attempts)
        origin = Origin("compare", turn.battle_id, comparison.experiment_id, cell.column.letter, shared)
        rows = run_rows(cell.run_id, cell.run, cell.column.spec, cell.prompt, origin, now())
        rows = [row for row in rows if row[0] != "specs"]  # those came with the experiment
        await self.store.append(await self._kept(comparison, cell.prompt, rows))

    async def _kept(self, comparison: Comparison, prompt: Prompt, rows: list[Row]) -> list[Row]:
        """Without what any column guards: the columns of a comparison share their prompt."""
        return await asyncio.to_thread(
            without_secrets, rows, [column.strategy for column in comparison.columns], prompt
        )

    async def vote(self, comparison: Comparison, turn: Turn, kind: str) -> None:
        winners, losers = outcome(turn)
        ballot = Ballot(
            turn.battle_id,
            comparison.id,
            comparison.experiment_id,
            cast(Kind, kind),
            turn.vote.choice,
            winners,
            losers,
            turn.vote.tags,
            turn.vote.comment,
            comparison.sealed,
        )
        said = next(iter(turn.cells.values())).prompt
        await self.store.append(await self._kept(comparison, said, [vote_row(self.new_id(), ballot, now())]))

    async def crowd(self, specs: Sequence[Spec]) -> Mapping[str, int]:
        return await crowd(self.store, [s.key for s in specs])

    async def comparison(self, comparison_id: str) -> Comparison | None:
        stored = await load_comparison(self.store, comparison_id)
        return None if stored is None else await self._restored(stored)

    async def _restored(self, stored: StoredComparison) -> Comparison:
        specs = {key: _spec(row) for key, row in stored.specs.items()}
        setup = _setup(
            stored.experiment["settings"], specs.values(), {e.model.id: e.model for e in self.catalog.entries}
        )
        first = stored.turns[0].battle["columns"]
        columns = tuple(self._column(c["letter"], specs[c["spec_key"]], setup) for c in first)
        made = Comparison(stored.id, stored.experiment["id"], setup, columns, self.provider, self, self.new_id)
        made.turns = [await self._turn(i, turn, columns, setup) for i, turn in enumerate(stored.turns)]
        made.revealed = any(turn.vote for turn in stored.turns)
        for turn, past in zip(made.turns, stored.turns, strict=True):
            if made.revealed and past.battle["blind"] and turn.vote.state == "none":
                turn.vote = Vote("skipped", summary=SKIPPED)
        return made

    def _column(self, letter: str, spec: Spec, setup: Setup) -> Column:
        try:
            return Column(letter, spec, build(self.strategies, spec.strategy, spec.params, pool=setup.pool)[1])
        except (UnknownPlugin, UnknownModel, BadParameter) as error:
            return Column(letter, spec, Gone(str(error)))

    async def _turn(self, index: int, stored: StoredTurn, columns: Sequence[Column], setup: Setup) -> Turn:
        """`index`: its place among those that were kept; one before it may be missing."""
        battle = stored.battle
        turn = Turn(battle["id"], index, battle["prompt"] or "", _category(stored))
        for column in columns:
            runs = stored.runs.get(column.letter, ())
            turn.cells[column.letter] = _cell(turn, column, runs[-1] if runs else None, setup, self.new_id)
        if stored.vote:
            row = stored.vote
            turn.vote = Vote(VOTE_STATES[row["kind"]], "", row["choice"], tuple(row["tags"]), row["comment"])
            turn.vote.summary = verdict(turn, await self.crowd([c.spec for c in columns]))
        return turn


def _category(stored: StoredTurn) -> str:
    rows = [run.row for runs in stored.runs.values() for run in runs]
    return str(rows[0]["category"]) if rows else ""


def _cell(turn: Turn, column: Column, stored: Stored | None, setup: Setup, new_id: Callable[[], str]) -> Cell:
    if stored is None:
        cell = Cell(column, new_id(), Prompt(turn.battle_id, (), setup.pool), status="failed")
        cell.run.error, cell.run.kind = LOST, "lost"
        return cell
    prompt = Prompt(turn.battle_id, parsed(stored.row["messages"]), setup.pool)
    sample = max((a.call.sample for a in stored.run.attempts), default=0)
    return Cell(column, stored.row["id"], prompt, sample, stored.run, _status(stored))


def _status(stored: Stored) -> Status:
    if stored.run.answer:
        return "done"
    return "stopped" if stored.run.kind == "stopped" else "failed"


def _spec(row: Mapping[str, Any]) -> Spec:
    prices = {model: (float(price[0]), float(price[1])) for model, price in row["prices"].items()}
    return Spec(row["strategy"], row["params"], tuple(row["pool"]), prices)


def _setup(settings: Mapping[str, Any], specs: Iterable[Spec], catalog: Mapping[str, Model]) -> Setup:
    """The pool as it is now; a model that has left the catalog is known by id and price alone."""
    prices = {model: price for s in specs for model, price in s.prices.items()}
    return Setup(
        tuple(catalog.get(m) or Model(m, *prices.get(m, (0.0, 0.0))) for m in settings["pool"]),
        settings["blind"],
        settings["system"],
        settings["params"],
        settings["budget_usd"],
    )


async def past_run(store: Store, run_id: str) -> Stored | None:
    """One stored run; None when there is none or its battle is sealed."""
    found = await load(store, [run_id])
    return found[0] if found else None


def now() -> datetime:
    return datetime.now(UTC)


def outcome(turn: Turn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Run ids that won and lost. Columns that share the chosen reply win together; a tie has neither."""
    ids = {letter: cell.run_id for letter, cell in turn.cells.items()}
    choice = turn.vote.choice
    if choice in ("both_bad", "all_bad"):
        return (), tuple(ids.values())
    if choice not in ids:
        return (), ()
    group = next((g for g in turn.groups if choice in g), [choice])
    return tuple(ids[k] for k in group), tuple(run for k, run in ids.items() if k not in group)
