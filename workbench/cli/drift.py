"""`workbench drift`: whether the quality of a strategy has changed, by category."""

from __future__ import annotations

import argparse

from workbench.settings import Settings

from .console import Console
from .verb import Verbs, verb

COLUMNS = ("strategy", "category", "direction", "baseline", "level", "n", "last_at")


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    verb(verbs, "drift", "look whether votes and graded answers say that a strategy's quality has changed", drift)


def drift(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench.services.drift import RECENT, look
    from workbench.store import open_store

    with open_store(settings.home) as store:
        found = asyncio.run(look(store))
    console.document(found)
    console.table([{name: row[name] for name in COLUMNS} for row in found], COLUMNS)
    if not found:
        console.say(f"no change of quality was noticed in the last {RECENT.days} days")
    return 0
