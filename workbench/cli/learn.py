"""`workbench learn`: fit anew what a job refits, see its versions, take one back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.settings import Settings

from .console import Console
from .verb import Verbs, count, names, verb

if TYPE_CHECKING:
    from workbench.services.refit import Refits

COLUMNS = ("version", "at", "how", "from", "rows", "left_out")


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    what = "refit routing weights from votes, judge scores and outcomes, and take a refit back"
    parser = verbs.add_parser("learn", help=what, description=f"{what.capitalize()}.", allow_abbrev=False)
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    weighing = verb(parts, "weights", "refit when the week is over, as the app does by itself; or now", weights)
    weighing.add_argument("--now", action="store_true", help="whether or not it is due")
    weighing.add_argument(
        "--data", type=names, default=[], metavar="A,B", help="scored data sets to learn from too (judged ones are)"
    )
    back = verb(parts, "rollback", "put the version before in force again", rollback)
    back.add_argument("--to", type=count(0, 99_999), metavar="VERSION", help="this one (the one before)")
    shown = verb(parts, "history", "list the versions, what is in force last", history)
    for each in (weighing, back, shown):
        each.add_argument("--strategy", default="judge_weighted", metavar="NAME", help="which (judge_weighted)")


def weights(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench import outcomes
    from workbench.store import open_store

    refits = _refits(settings)
    if not (args.now or refits.due(args.strategy)):
        last = refits.history(args.strategy)[-1]
        console.document({"refit": False, "last": last})
        console.say(
            f"{args.strategy} was last changed at {last['at']} and is not due yet; --now refits it all the same"
        )
        return 0
    sets = [outcomes.load(name, settings.home) for name in args.data]
    with open_store(settings.home) as store:
        made = asyncio.run(refits.refit(args.strategy, store, sets))
    console.document({"refit": True, "last": made})
    console.say(f"{args.strategy}: version {made['version']} from {made['rows']:,} answers is in force")
    if made["left_out"]:
        console.say(
            f"{made['left_out']:,} answers were left out: a rule chose their model and no other answered, so that they say nothing of "
            "the others"
        )
    return 0


def rollback(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    made = _refits(settings).rollback(args.strategy, args.to)
    console.document(made)
    console.say(f"{args.strategy}: version {made['version']} is in force again")
    return 0


def history(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    found = _refits(settings).history(args.strategy)
    console.document(found)
    console.table([{name: line.get(name) for name in COLUMNS} for line in found], COLUMNS)
    return 0


def _refits(settings: Settings) -> Refits:
    from workbench.services.desk import fitted
    from workbench.services.refit import Refits

    return Refits(fitted(settings), settings.home)
