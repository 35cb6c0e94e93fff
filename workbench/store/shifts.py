"""Shifts of prompts that were noticed: one row for each, whoever looks and however often; and the prompts that are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbench.types import content_key

from .record import Row, row_of
from .runs import Found, Reads


@dataclass(frozen=True, slots=True)
class Shifted:
    strategy: str
    """Empty: the prompts of all."""
    n: int
    """Place of the window's last prompt among the strategy's, from 1."""
    before_n: int
    """Prompts before the window that it was held against."""
    window_n: int
    statistic: float
    """Squared distance of the means of both."""
    p_value: float
    example: str
    """Key of the window's prompt that lies farthest the new way."""
    last_at: datetime
    """When the window's last prompt was first asked."""


def shift_row(found: Shifted, now: datetime) -> Row:
    return row_of("shifts", found, id=content_key([found.strategy, found.n]), created_at=now)


async def shifts(store: Reads, since: datetime | None = None) -> list[Found]:
    """Those whose window ended since then, with their example's text, the latest first."""
    return await store.read(
        "select s.*, left(p.text, 500) as text from shifts s left join prompts p on p.key = s.example "
        "where $1 is null or s.last_at >= $1 order by s.last_at desc, s.strategy",
        [since],
    )


# A prompt counts once, when it was first asked: what is asked again and again is no new kind. Follow-ups lean on what was asked
# before them, and an experiment's cases were chosen by whoever began it.
_ASKED = """
with opening as (
  select r.strategy, r.prompt_key, r.created_at from open_runs r left join battles b on b.id = r.battle_id
  where coalesce(b.turn, 0) = 0 and r.source <> 'experiment'
),
busy as (select strategy from opening group by strategy order by count(*) desc, strategy limit {most}),
first_asked as (
  select strategy, prompt_key, min(created_at) as asked_at from opening semi join busy using (strategy) group by all
  union all select '', prompt_key, min(created_at) from opening group by prompt_key
),
placed as (
  select *, row_number() over (partition by strategy order by asked_at, prompt_key) as n, count(*) over (partition by strategy) as total
  from first_asked
)
select a.strategy, a.n, a.prompt_key, a.asked_at, p.text
from placed a join prompts p on p.key = a.prompt_key
where a.n <= a.total - a.total % {window} and a.n > a.total - a.total % {window} - {window} * {windows} and a.total >= {window} * 2
order by a.strategy, a.n
"""


async def asked(store: Reads, window: int, windows: int, most: int) -> list[Found]:
    """{strategy, n, prompt_key, asked_at, text}: the prompts of the last whole windows, of all runs ('') and of the busiest strategies."""
    return await store.read(_ASKED.format(window=window, windows=windows, most=most))
