"""Experiments, battles and whole comparisons: to rows, and back for a permalink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.types import Prompt

from .record import Row
from .runs import Found, Reads, Stored, load, prompt_key, prompt_row


def experiment_row(
    experiment_id: str,
    kind: Literal["compare", "ask", "experiment"],
    spec_keys: Sequence[str],
    settings: Mapping[str, Any],
    now: datetime,
    *,
    name: str = "",
    note: str = "",
    seed: int | None = None,
) -> Row:
    return "experiments", {
        "id": experiment_id,
        "kind": kind,
        "name": name,
        "note": note,
        "seed": seed,
        "specs": list(spec_keys),
        "settings": dict(settings),
        "created_at": now,
    }


@dataclass(frozen=True, slots=True)
class Battle:
    id: str
    comparison_id: str
    turn: int
    experiment_id: str
    blind: bool
    columns: tuple[tuple[str, str, str], ...]
    """(letter, run id, spec key)."""


def battle_rows(battle: Battle, prompt: Prompt, now: datetime) -> list[Row]:
    """A turn when it begins, and the prompt it asks."""
    columns = [{"letter": letter, "run_id": run, "spec_key": spec} for letter, run, spec in battle.columns]
    row = {
        "id": battle.id,
        "comparison_id": battle.comparison_id,
        "turn": battle.turn,
        "experiment_id": battle.experiment_id,
        "prompt_key": prompt_key(prompt.messages),
        "blind": battle.blind,
        "columns": columns,
        "created_at": now,
    }
    return [prompt_row(prompt, "compare", now), ("battles", row)]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    battle: Found
    """The row, with the question's `prompt` beside."""
    runs: Mapping[str, Sequence[Stored]]
    """By letter, oldest first: a retry is one more."""
    vote: Found | None


@dataclass(frozen=True, slots=True)
class StoredComparison:
    id: str
    experiment: Found
    specs: Mapping[str, Found]
    """By key."""
    turns: Sequence[StoredTurn]


_BATTLES = """
select b.*, p.text as prompt from battles b left join prompts p on p.key = b.prompt_key
where b.comparison_id = $1 order by b.turn, b.id
"""
_RUN_IDS = "select id from runs where battle_id in (select id from battles where comparison_id = $1)"
_VOTES = "select * from votes where comparison_id = $1 order by created_at desc, id desc"
_EXPERIMENT = "select * from experiments where id = $1"
_SPECS = "select * from specs where list_contains($1, key)"


async def load_comparison(store: Reads, comparison_id: str) -> StoredComparison | None:
    """All of a comparison, sealed battles too: what a page may show of it is the caller's to decide."""
    battles = await store.read(_BATTLES, [comparison_id])
    if not battles:
        return None
    ids = [row["id"] for row in await store.read(_RUN_IDS, [comparison_id])]
    runs = await load(store, ids, sealed=True)
    votes = {vote["battle_id"]: vote for vote in await store.read(_VOTES, [comparison_id])}
    experiments = await store.read(_EXPERIMENT, [battles[0]["experiment_id"]])
    keys = sorted({column["spec_key"] for battle in battles for column in battle["columns"]})
    specs = {row["key"]: row for row in await store.read(_SPECS, [keys])}
    turns = [StoredTurn(b, _by_letter(b["id"], runs), votes.get(b["id"])) for b in battles]
    return StoredComparison(comparison_id, experiments[0] if experiments else {}, specs, turns)


def _by_letter(battle_id: str, runs: Sequence[Stored]) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for stored in runs:
        if stored.row["battle_id"] == battle_id:
            found.setdefault(stored.row["letter"], []).append(stored)
    return found
