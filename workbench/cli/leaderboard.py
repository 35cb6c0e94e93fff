"""`workbench export routerarena|routerbench|llmrouterbench`: predictions of a strategy in those leaderboards' own forms."""

from __future__ import annotations

import argparse

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .replay import named
from .verb import count

LEADERBOARDS = ("routerarena", "routerbench", "llmrouterbench")


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("leaderboards", "predictions of --strategy over a data set; --out is a folder")
    group.add_argument("--data", default="reasoning", metavar="NAME", help="data set, or a Parquet file (reasoning)")
    group.add_argument("--router", metavar="NAME", help="what the leaderboard shall call it (the strategy's name)")
    group.add_argument("--sweep", metavar="P=LOW:HIGH:N", help="settings of a RouterBench curve (lambda=0:1:21)")
    group.add_argument(
        "--folds", type=count(0, 100), default=5, metavar="K", help="folds by prompt; 0: its own split (5)"
    )
    group.add_argument("--seed", type=count(0, 2**31), default=0, metavar="N", help="of folds (0)")


def predictions(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.benchmark import Request
    from workbench.services.leaderboards import export
    from workbench.services.replay import Entrant, Sweep

    if not args.strategy or not args.out:
        raise BadInput(f"an export for {args.what} needs --strategy NAME and --out FOLDER")
    sweep = Sweep.parse(args.sweep) if args.sweep else None
    entrant = Entrant(*named(args.strategy), sweep)
    request = Request(args.data, [entrant], args.folds, args.seed)
    files = export(args.what, request, settings, args.out, args.router or entrant.strategy)
    console.document({"what": args.what, "strategy": entrant.strategy, "files": [str(file) for file in files]})
    for file in files:
        console.say(str(file))
    return 0
