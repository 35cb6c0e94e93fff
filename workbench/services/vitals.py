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
from workbench.store.calls import ended

from .pool import Pool

BACK_S = 8 * HALF_LIFE_S
"""What ended longer ago would weigh less than half a percent."""
MOST = 5000
"""Calls that are read; the newest."""


def restore(store: Store, pool: Pool, now: datetime | None = None) -> None:
    """Tell the pool's health and breakers of the calls that ended lately. Raises StoreError or BadCatalog."""
    rows = ended(store, now or datetime.now(UTC), BACK_S, MOST)
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
