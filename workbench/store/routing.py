"""Which models, or which classes, the stored runs were routed to, counted by strategy and step of time. Sealed battles are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from workbench.decisions import ABSTAINED

from .history import Filter, condition
from .runs import Found, Reads

By = Literal["model", "label"]
Every = Literal["hour", "day", "week", "month"]
STEPS: tuple[Every, ...] = get_args(Every)
"""The finest first. They begin by UTC, weeks on Mondays."""
PARTS = 8
"""Models or classes of a strategy that are counted by name; the rarer ones are one part."""

_RAN = """
select r.strategy, count(*) as runs, min(r.created_at) as first, max(r.created_at) as last
from open_runs r where {where} group by r.strategy order by runs desc, r.strategy
"""
_COUNTED = """
with drawn as (select distinct run_id from decisions where propensity < 1),
seen as (
  select r.strategy, r.{by} as part, date_trunc('{every}', r.created_at) as step, list_contains(?, r.label) as abstained,
    r.error not in ('', 'stopped') as failed, d.run_id is not null as randomised
  from open_runs r left join drawn d on d.run_id = r.id where list_contains(?, r.strategy) and {where}
),
common as (
  select strategy, part from seen where part <> '' group by strategy, part
  qualify row_number() over (partition by strategy order by count(*) desc, part) <= {parts}
)
select s.strategy, s.step, case when s.part = '' then '' else c.part end as part, count(*) as runs,
  count(*) filter (s.abstained) as abstained, count(*) filter (s.randomised) as randomised, count(*) filter (s.failed) as failed
from seen s left join common c on c.strategy = s.strategy and c.part = s.part
group by all order by s.strategy, s.step, runs desc, part
"""


async def ran(store: Reads, wanted: Filter) -> list[Found]:
    """{strategy, runs, first, last} of every strategy with such runs, the most used first."""
    where, params = condition(wanted)
    return await store.read(_RAN.format(where=where), params)


async def counted(store: Reads, wanted: Filter, strategies: Sequence[str], by: By, every: Every) -> list[Found]:
    """{strategy, step, part, runs, abstained, randomised, failed} of these strategies, steps in order.

    `part` is a model or class; '' where a run has none, None for those beyond the PARTS most common ones of its strategy.
    """
    where, params = condition(wanted)
    sql = _COUNTED.format(where=where, by=by, every=every, parts=PARTS)
    return await store.read(sql, [sorted(ABSTAINED), list(strategies), *params])
