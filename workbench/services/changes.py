"""What changed of late, in sentences: the quality of strategies and the kind of prompts they are given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.errors import WorkbenchError
from workbench.store import Store
from workbench.store.drifts import drifts
from workbench.store.shifts import shifts

from . import drift
from . import shifts as prompts

RECENT = timedelta(days=14)
"""How long a change is shown as news."""
LOOK_S = 3600.0
log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


async def recent(store: Store, now: Callable[[], datetime] = _now) -> list[dict[str, Any]]:
    """Those noticed lately, the latest first: the store's row with `kind` (quality or prompts) and its sentence as `text`."""
    since = now() - RECENT
    quality = [row | {"kind": "quality", "text": drift.told(row)} for row in await drifts(store, since)]
    shifted = [
        row | {"kind": "prompts", "category": "", "direction": "aside", "text": prompts.told(row)}
        for row in await shifts(store, since)
    ]
    return sorted(quality + shifted, key=lambda row: str(row["last_at"]), reverse=True)


async def look(store: Store, now: Callable[[], datetime] = _now) -> list[dict[str, Any]]:
    """Write what has changed into the store, each change once, and return the recent ones."""
    await drift.look(store, now)
    await prompts.look(store, now)
    return await recent(store, now)


async def through(store: Store) -> None:
    """Look now and every hour, until cancelled."""
    while True:
        try:
            await look(store)
        except WorkbenchError as error:
            log.warning("changes could not be looked for: %s", error)
        await asyncio.sleep(LOOK_S)
