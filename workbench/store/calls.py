"""Calls that ended lately, whoever made them: what a process learns of its models from those before it."""

from __future__ import annotations

from datetime import datetime

from .runs import Found
from .store import Store

# A call that columns of one battle shared counts once.
_ENDED = """
select * from (
  select distinct on (coalesce(r.battle_id, r.id), c.key, c.n) c.model, c.error_kind as kind, c.latency_s, c.ttft_s,
    greatest(0, epoch($1::timestamptz) - epoch(r.created_at) + r.latency_s - c.started_s - c.latency_s) as ago_s
  from calls c join runs r on r.id = c.run_id
  where c.latency_s is not null and r.created_at > $1::timestamptz - to_seconds($2::double)
) order by ago_s limit $3
"""


def ended(store: Store, now: datetime, back_s: float, most: int) -> list[Found]:
    """{model, kind, latency_s, ttft_s, ago_s} of the calls that ended within so many seconds before now, the latest first; blocking."""
    with store.select(_ENDED, [now.isoformat(), back_s, most]) as found:
        return found.rows()
