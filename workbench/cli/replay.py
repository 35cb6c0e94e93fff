"""`workbench replay`: strategies over recorded outcomes, no model asked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.settings import Settings

from .console import Console
from .verb import PLACES, Verbs, count, names, pair, verb

if TYPE_CHECKING:
    from workbench.services.benchmark import Request


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(verbs, "replay", "replay strategies over recorded outcomes: quality, cost and curves", replay)
    parser.add_argument("strategies", nargs="+", metavar="STRATEGY", help="a strategy, or NAME:param=value,param=value")
    parser.add_argument("--data", default="reasoning", metavar="NAME", help="data set, or a Parquet file (reasoning)")
    parser.add_argument("--sweep", metavar="P=LOW:HIGH:N", help="vary a parameter, such as lambda=0:1:101")
    parser.add_argument(
        "--folds", type=count(0, 100), default=5, metavar="K", help="folds by prompt; 0: its own split (5)"
    )
    parser.add_argument("--seed", type=count(0, 2**31), default=0, metavar="N", help="of folds and resamples (0)")
    parser.add_argument("--models", type=names, metavar="A,B", help="only these of the recorded models")
    parser.add_argument(
        "--on", choices=PLACES, default="here", help="replay on this machine, or on a Ray cluster (here)"
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="save plots there")
    parser.add_argument("--sync", choices=["wandb", "trackio"], help="mirror it: a group with one run for each setting")
    parser.add_argument("--formats", type=names, default=["svg"], metavar="F,F", help="of png, svg, html (svg)")


def replay(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.benchmark import run
    from workbench.services.cluster import machines
    from workbench.services.plots import drawable
    from workbench.services.replay_sentence import plain_text

    if args.plots:
        drawable(args.formats)  # said now, and not after the replay
    place = machines(args.on, settings.cache, settings.embedder)
    asked = request(args)
    found = run(asked, settings, lambda text, done, total: console.note(text), place)
    files = _plots(found, args) if args.plots else []
    shown = {name: value for name, value in found.items() if name not in ("cells", "outcome_cells")}
    shown["curves"] = [{k: v for k, v in c.items() if k != "choices"} for c in found["curves"]]
    console.document(shown | {"plots": [str(file) for file in files]})
    console.say(plain_text(found["sentence"]))
    console.say()
    show(found, console)
    for file in files:
        console.say(str(file))
    if args.sync:
        console.note(_mirrored(found, asked, args.sync, settings, console))
    return 0


def _mirrored(found: Mapping[str, Any], asked: Request, to: str, settings: Settings, console: Console) -> str:
    import asyncio

    from workbench.services.sweep_mirror import mirror
    from workbench.store import open_store

    with open_store(settings.home) as store:
        return asyncio.run(mirror(store, settings, found, asked, to, console.note)).text


def request(args: argparse.Namespace) -> Request:
    """Raises BadInput for a sweep or a parameter that cannot be read."""
    from workbench.services.benchmark import Request
    from workbench.services.replay import Entrant, Sweep

    sweep = Sweep.parse(args.sweep) if args.sweep else None
    entrants = [Entrant(*named(text), sweep) for text in args.strategies]
    return Request(args.data, entrants, args.folds, args.seed, tuple(args.models or ()))


def named(text: str) -> tuple[str, dict[str, Any]]:
    """`cascade:threshold=-0.5,cheap=a` as a name with its parameters."""
    from workbench.errors import BadInput

    name, _, given = text.partition(":")
    try:
        return name, dict(pair(part) for part in given.split(",") if part)
    except argparse.ArgumentTypeError as error:
        raise BadInput(f"{text}: {error}") from None


def _plots(found: Mapping[str, Any], args: argparse.Namespace) -> list[Path]:
    from workbench.services.plots import save

    return save(found, args.plots, args.formats)


def show(found: Mapping[str, Any], console: Console) -> None:
    """The tables of a replay: strategies first, reference lines after them."""
    from workbench.services import tables

    for rows in (tables.standing(found), tables.gains(found), tables.two_models(found), tables.effort(found)):
        if rows:
            console.table(rows)
            console.say()
    for label, rows in tables.cascades(found):
        console.say(f"{label}, beside the best single model:")
        console.table(rows)
        console.say()
    for note in tables.notes(found):
        console.say(note)
    console.say(
        "[low, high]: 95 % by prompt. Settings are chosen on other prompts than those they are judged on; but calls, failures, latency "
        "and choices are of the setting that is best on these same prompts."
    )
