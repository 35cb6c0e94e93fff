"""What was mirrored where: the experiments' unsealed rows, and the ledger of what went (`synced`).

The ledger holds one row a battle, run, vote and folder that went, by destination. Sealed battles (blind, not voted on) are
not in `open_runs` and so never leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from .owner import Lock
from .store import Store

_EXPERIMENTS = """
select id, kind, name, note, seed, specs, settings, created_at from experiments
where id in (select experiment_id from battles union select experiment_id from runs)
  and ($1 is null or id = $1 or name = $1 or id in (select experiment_id from battles where comparison_id = $1))
order by created_at, id
"""

# A retry can follow what was sent of its battle, so sent or not is known run by run. What was sent comes without its
# words: only its numbers are needed again.
_RUNS = """
with went as (select id, min(created_at) as sent_at from synced where kind = 'run' and destination = $2 group by id),
routes as (select run_id, max_by({'why': why, 'propensity': propensity, 'scores': scores}, n) as last
           from decisions group by run_id)
select r.id as run_id, coalesce(r.battle_id, r.id) as battle_id, coalesce(b.created_at, r.created_at) as begun,
       coalesce(json_array_length(b.columns), 1) as columns, coalesce(b.turn, 0) as turn, coalesce(r.letter, '') as letter,
       r.spec_key, r.strategy, r.model, r.label, r.category, r.tokens_in, r.tokens_out, r.cost_usd, r.nominal,
       r.latency_s, r.ttft_s, r.error, r.created_at, w.sent_at,
       case when w.sent_at is null then r.text end as text,
       case when w.sent_at is null then p.text end as prompt,
       case when w.sent_at is null then d.last.why end as why,
       d.last.propensity as propensity,
       case when w.sent_at is null then d.last.scores end as scores
from open_runs o join runs r on r.id = o.id
left join battles b on b.id = r.battle_id
left join prompts p on p.key = r.prompt_key
left join routes d on d.run_id = r.id
left join went w on w.id = r.id
where coalesce(b.experiment_id, r.experiment_id) = $1
order by r.created_at, r.id
"""

_VOTES = """
select v.id, v.battle_id, v.kind, v.choice, v.winners, v.losers, v.tags, v.comment, v.created_at,
       (select min(s.created_at) from synced s where s.kind = 'vote' and s.id = v.id and s.destination = $2) as sent_at
from votes v join battles b on b.id = v.battle_id
where b.experiment_id = $1
order by v.created_at, v.id
"""

_SEALED = """
select count(*) as n from battles b
where b.experiment_id = $1 and exists (select 1 from runs r where r.battle_id = b.id)
  and not exists (select 1 from open_runs o join runs r on r.id = o.id where r.battle_id = b.id)
"""

_MARKS = "select id from synced where kind = 'observed' and run = $1 and destination = $2"
_WENT = "select id from synced where kind = 'run' and destination = $1 and list_contains($2, id)"
_FOLDERS = "select distinct id, run from synced where kind = 'folder' and destination = $1 order by id"


async def experiments(store: Store, named: str | None = None) -> list[dict[str, Any]]:
    """Those with runs, oldest first; `named` by its own id or name, or by a comparison's id."""
    return _timed(await store.read(_EXPERIMENTS, (named,)))


async def runs(store: Store, experiment: str, destination: str) -> list[dict[str, Any]]:
    return _timed(await store.read(_RUNS, (experiment, destination)))


async def votes(store: Store, experiment: str, destination: str) -> list[dict[str, Any]]:
    return _timed(await store.read(_VOTES, (experiment, destination)))


async def sealed(store: Store, experiment: str) -> int:
    """Battles that wait for a vote before they may be shown."""
    return int((await store.read(_SEALED, (experiment,)))[0]["n"])


async def folders(store: Store, destination: str) -> list[tuple[str, str]]:
    """(name, W&B run id) of every folder written, oldest first: names begin with their time."""
    return [(row["id"], row["run"]) for row in await store.read(_FOLDERS, (destination,))]


async def went(store: Store, destination: str, runs: Sequence[str]) -> set[str]:
    """Which of these runs were mirrored there."""
    return {row["id"] for row in await store.read(_WENT, (destination, list(runs)))}


async def marks(store: Store, experiment: str, destination: str) -> list[str]:
    """How far a live experiment had gone with each of its parcels."""
    return [row["id"] for row in await store.read(_MARKS, (experiment, destination))]


async def remember(
    store: Store, destination: str, run: str, went: Mapping[str, Iterable[str]], folder: str, now: datetime
) -> None:
    """Enter what went, by kind, and the folder it went in: all of it or nothing, durable when this returns."""
    ids = [(kind, item) for kind, items in {**went, "folder": [folder]}.items() for item in items]
    row = {"destination": destination, "run": run, "created_at": now}
    await store.append([("synced", {"kind": kind, "id": item, **row}) for kind, item in ids])


def alone(folder: Path) -> Lock | None:
    """The right to mirror; None while another sync, of any process, has it."""
    return Lock.take(folder / "sync.lock")


_TIMES = {"created_at", "begun", "sent_at"}


def _timed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Times as times: the store gives ISO 8601 text."""
    return [{k: datetime.fromisoformat(v) if k in _TIMES and v else v for k, v in row.items()} for row in rows]
