"""`workbench query`, `export` and `sync`: what the store holds, out of it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .leaderboard import LEADERBOARDS, add_options, predictions
from .verb import Verbs, day, verb

if TYPE_CHECKING:
    from workbench.services.sync import Synced
    from workbench.store import Store
    from workbench.store.history import Filter

FORMATS = ("csv", "jsonl", "parquet")
FILTERS = {
    "strategy": "only runs of this strategy; for a leaderboard: it, or NAME:param=value,param=value",
    "model": "only answers of this model",
    "category": "only prompts of this category",
    "label": "only prompts that the strategy put in this class",
    "since": "first day, such as 2026-11-01 (UTC)",
    "until": "last day",
    "text": "only where the prompt or the answer contains this",
}


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    asking = verb(verbs, "query", "read the store with SQL; nothing can be written", query)
    asking.add_argument("sql", help='one statement, such as "select * from runs limit 5"')
    _add_export(verbs)
    syncing = verb(verbs, "sync", "mirror experiments to Weights & Biases (offline without a key) or trackio", sync)
    syncing.add_argument("--to", choices=["wandb", "trackio"], default="wandb", help="where to (wandb)")
    syncing.add_argument("experiment", nargs="?", help="id of an experiment or a comparison (all)")
    syncing.add_argument("--since", type=day, metavar="DAY", help="first day, such as 2026-11-01 (UTC)")
    syncing.add_argument("--until", type=day, metavar="DAY", help="last day")


def _add_export(verbs: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(verbs, "export", "write runs, votes, or predictions for a public leaderboard", export)
    parser.add_argument("what", choices=["runs", "votes", *LEADERBOARDS])
    parser.add_argument("--format", choices=FORMATS, help="the ending of --out, else csv")
    parser.add_argument("--out", type=Path, metavar="FILE", help="replaced when the export is complete (stdout)")
    for name, help in FILTERS.items():
        parser.add_argument(f"--{name}", default="", metavar=name.upper(), help=help)
    add_options(parser)


def query(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    with _store(settings) as store, store.select(args.sql) as found:
        rows = found.rows()
        columns = found.columns
    console.document(rows)
    console.table(rows, columns)
    console.note(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
    return 0


def export(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.store.history import Filter

    if args.what in LEADERBOARDS:
        return predictions(args, settings, console)
    form = args.format or (args.out.suffix.lstrip(".").lower() if args.out else "csv")
    if form not in FORMATS:
        raise BadInput(f"{args.out} does not say a format by its ending: use --format {', '.join(FORMATS)}")
    wanted = Filter.parse({name: getattr(args, name) for name in FILTERS})
    with _store(settings) as store:
        if args.out:
            count = _to_file(store, args.what, form, wanted, args.out)
            console.document({"what": args.what, "format": form, "file": str(args.out), "rows": count})
            console.say(f"{args.out}: {count} {args.what}")
        else:
            _to_stdout(store, args.what, form, wanted, console)
    return 0


def _to_file(store: Store, what: str, form: str, wanted: Filter, out: Path) -> int:
    """Beside its place first, so that a failure leaves the file that was there."""
    from workbench.store import exports

    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        count = exports.write(store, what, form, wanted, part)
        os.replace(part, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror or error}; choose another file") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _to_stdout(store: Store, what: str, form: str, wanted: Filter, console: Console) -> None:
    from workbench.store import exports

    if console.json:
        console.document([json.loads(line) for line in exports.lines(store, what, "jsonl", wanted)])
    elif form == "parquet":
        raise BadInput("Parquet is no text: name a file with --out runs.parquet")
    else:
        for piece in exports.lines(store, what, form, wanted):
            console.data(piece)


def sync(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench.services.sync import sync as mirror

    async def run() -> list[Synced]:
        until = args.until + timedelta(days=1) if args.until else None
        with _store(settings) as store:
            return await mirror(
                store,
                settings,
                to=args.to,
                experiment=args.experiment,
                since=_midnight(args.since),
                until=_midnight(until),
                report=console.note,
            )

    done = asyncio.run(run())
    console.document([synced.as_json() for synced in done])
    for synced in done:
        console.say(synced.text)
    if not done:
        console.say("nothing new to mirror")
    return 0


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    from workbench.store import open_store

    with open_store(settings.home) as store:
        yield store
