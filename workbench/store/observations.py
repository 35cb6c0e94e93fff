"""What experiments saw, to rows and back: one observation for each case and strategy that answered it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .record import Row, row_of
from .runs import Found, Reads

KIND: Literal["experiment"] = "experiment"


@dataclass(frozen=True, slots=True)
class Observation:
    """One case answered by one strategy of an experiment."""

    run_id: str
    experiment_id: str
    n: int
    """Place of the case in the experiment's order, from 0."""
    arm: int
    """Place of the strategy in the experiment, from 0."""
    case_id: str
    unit: str
    """What the strategy was assigned to: a user or a case."""
    propensity: float
    quality: float
    why: str


def observation_row(seen: Observation, now: datetime) -> Row:
    return row_of("observations", seen, created_at=now)


_LIST = """
select e.*, coalesce(o.cases, 0) as cases, coalesce(o.runs, 0) as runs, o.last_at
from experiments e
left join (select experiment_id, count(distinct n) as cases, count(*) as runs, max(created_at) as last_at
           from observations group by experiment_id) o on o.experiment_id = e.id
where e.kind = 'experiment' order by e.created_at desc, e.id desc
"""
_NAMED = """
select * from experiments where (id = $1 or name = $1) and kind in ('experiment', 'compare')
order by kind desc, created_at desc, id limit 1
"""
_SEEN = """
with routes as (select run_id, count(*) as choices,
                       max_by({'model': model, 'propensity': propensity, 'candidates': json_keys(scores)}, n) as last
                from decisions group by run_id)
select o.n, o.arm, o.case_id, o.unit, o.propensity, o.quality, o.why, o.run_id, r.model, r.text, r.category,
       r.cost_usd, r.nominal, r.latency_s, r.error, r.error_kind, r.shared, p.text as prompt,
       coalesce(d.choices, 0) as choices, d.last.model as routed, d.last.propensity as route_propensity,
       d.last.candidates as candidates
from observations o join runs r on r.id = o.run_id
left join prompts p on p.key = r.prompt_key
left join routes d on d.run_id = o.run_id
where o.experiment_id = $1 order by o.n, o.arm, o.run_id
"""
# Equal calls of one case are one call: what its strategies shared is paid for once.
_SPENT = """
select coalesce(sum(usd), 0) as usd from (
  select max(usd) as usd from (
    select coalesce(o.case_id, r.id) as place, c.key, c.run_id, sum(c.cost_usd) as usd
    from runs r join calls c on c.run_id = r.id left join observations o on o.run_id = r.id
    where r.experiment_id = $1 group by all)
  group by place, key)
"""
_VOTES = """
select v.choice, v.kind, v.winners, v.losers, v.voter from votes v
where v.experiment_id = $1 and v.kind = 'vote' order by v.created_at, v.id
"""
_VOTED = """
select r.id, r.spec_key, r.error, r.cost_usd, r.latency_s from open_runs r join battles b on b.id = r.battle_id
where b.experiment_id = $1 order by r.created_at, r.id
"""


async def listed(store: Reads) -> list[Found]:
    """All experiments that assign strategies to cases, newest first, with how many cases and runs each has."""
    return await store.read(_LIST)


async def named(store: Reads, name: str) -> Found | None:
    """An experiment, or a comparison, by its name or its id."""
    found = await store.read(_NAMED, [name])
    return found[0] if found else None


async def seen(store: Reads, experiment_id: str) -> list[Found]:
    """Observations with what their runs cost and took, in the order of the cases."""
    return await store.read(_SEEN, [experiment_id])


async def spent(store: Reads, experiment_id: str) -> float:
    """USD of all calls of an experiment, also of runs without an observation."""
    return float((await store.read(_SPENT, [experiment_id]))[0]["usd"])


async def votes(store: Reads, experiment_id: str) -> tuple[list[Found], list[Found]]:
    """A comparison's votes, and the runs that were voted on."""
    return await store.read(_VOTES, [experiment_id]), await store.read(_VOTED, [experiment_id])
