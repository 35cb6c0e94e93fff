"""The votes cast in this workbench, as a set like an imported one: people's winners to hold a judge against."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench import votes
from workbench.errors import BadInput
from workbench.store import open_store
from workbench.store.runs import Reads
from workbench.store.votes import pairs
from workbench.votes import Votes, dtypes

NAME = "own"


async def own(store: Reads) -> Votes:
    """Raises BadInput where nobody has voted on two answers yet."""
    import polars as pl

    rows = await pairs(store)
    if not rows:
        raise BadInput(
            "nobody has voted on two answers here yet: vote on the Compare page, or name an imported set of votes"
        )
    blank = dict.fromkeys(dtypes())
    return Votes(NAME, Path(NAME), pl.DataFrame([blank | row for row in rows], schema=dtypes()))


def find(name: str, home: Path) -> Votes:
    """A set by name or by its file's path, or the votes cast here. Raises BadInput."""
    if name != NAME:
        return votes.load(name, home)
    with open_store(home) as store:
        return asyncio.run(own(store))
