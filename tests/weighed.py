"""A home whose job has fitted `judge_weighted` some times, for tests of what is shown of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from tests.store.battles import ballot, comparison
from workbench.services.fit import Fits, FittedStrategies
from workbench.services.refit import Refits
from workbench.store import Store

NAME = "judge_weighted"


def weighed(home: Path, store: Store, last: datetime) -> Refits:
    """Versions 0 (even, from 40 votes), 1 and 2 (people turned to the large model), a week apart; 2 was made at `last`."""
    at = [last - timedelta(days=14)]
    refits = Refits(FittedStrategies(Fits(home / "fits")), home, lambda: at[0])
    votes = 0
    for choices in ("AB" * 20, "B" * 200, ""):
        rows = []
        for choice in choices:
            made = [*comparison(f"w{votes}"), ballot(f"w{votes}-0", choice)]
            rows += [(table, {**row, "created_at": at[0]} if "created_at" in row else row) for table, row in made]
            votes += 1
        asyncio.run(store.append(rows))
        asyncio.run(refits.refit(NAME, store))
        at[0] += timedelta(days=7)
    return refits
