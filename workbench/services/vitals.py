"""How models did lately, read back from the store: what a process knows of their health when it starts.

Every process of a home starts from the same calls, so that a breaker that one of them opened is open in the next.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench import health
from workbench.health import HALF_LIFE_S
from workbench.providers._breaker import ILL_KINDS, WELL_KINDS
from workbench.settings import Settings
from workbench.store import Store, open_store

from .pool import Pool

BACK_S = 8 * HALF_LIFE_S
"""What ended longer ago would weigh less than half a percent."""
MOST = 5000
"""Calls that are read; the newest."""
RECENT = f"""
select * from (
  select distinct on (coalesce(r.battle_id, r.id), c.key, c.n) c.model, c.error_kind as kind, c.latency_s, c.ttft_s,
    greatest(0, epoch($1::timestamptz) - epoch(r.created_at) + r.latency_s - c.started_s - c.latency_s) as ago_s
  from calls c join runs r on r.id = c.run_id
  where c.latency_s is not null and r.created_at > $1::timestamptz - to_seconds({BACK_S})
) order by ago_s limit {MOST}
"""  # noqa: S608 - two numbers of ours
"""A call that columns of one battle shared counts once."""


def restore(store: Store, pool: Pool, now: datetime | None = None) -> None:
    """Tell the pool's health and breakers of the calls that ended lately. Raises StoreError or BadCatalog."""
    with store.select(RECENT, [(now or datetime.now(UTC)).isoformat()]) as found:
        rows = found.rows()
    known = {e.model.id for e in pool.catalog.entries}
    for row in reversed(rows):
        if row["model"] in known:
            _tell(pool, row)


def _tell(pool: Pool, row: dict[str, Any]) -> None:
    model, ago = row["model"], row["ago_s"]
    if row["kind"] not in ILL_KINDS | WELL_KINDS:
        return
    ill, breaker = row["kind"] in ILL_KINDS, pool.breaker(pool.catalog.entry(model).model)
    if breaker and breaker.seen(not ill, ago):
        pool.health.recovered(model)
    if ill:
        pool.health.failed(model, ago_s=ago)
    elif not row["kind"]:
        pool.health.finished(model, row["latency_s"], row["ttft_s"], ago_s=ago)


def recall(settings: Settings, pool: Pool) -> None:
    """`restore` for a process that keeps no store open. A home without one stays as it is."""
    if (settings.home / "journal").is_dir():
        with open_store(settings.home) as store:
            restore(store, pool)
    health.use(pool.health)
