"""`workbench drift`: whether the quality of a strategy has changed, by category, or the kind of prompts it is given."""

from __future__ import annotations

import argparse

from workbench.settings import Settings

from .console import Console
from .verb import Verbs, verb

COLUMNS = ("kind", "strategy", "category", "evidence", "direction", "baseline", "level", "n", "last_at")


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    verb(verbs, "drift", "look whether a strategy's quality has changed, or the kind of prompts it is given", drift)


def drift(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench.services.changes import RECENT, look
    from workbench.services.desk import fitted
    from workbench.store import open_store

    fitted(settings)  # sets the embedder that prompts are looked at with
    with open_store(settings.home) as store:
        found = asyncio.run(look(store))
    console.document(found)
    console.table([{name: row.get(name) for name in COLUMNS} for row in found], COLUMNS)
    for row in found:
        console.say(row["text"])
    if not found:
        console.say(f"no change of quality or of prompts was noticed in the last {RECENT.days} days")
    return 0
