"""`workbench data`, `import` and `fit`: recorded outcomes into the workbench, what there is, and what is learned of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .verb import Verbs, number, pair, verb

COLUMNS = ("name", "prompts", "models", "categories", "outcomes", "failed", "quality", "file")
PAIRS = 20
"""Contaminated prompts in a table."""


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    listing = verb(verbs, "data", "list the data sets, or the coverage of one per model and category", data)
    listing.add_argument("name", nargs="?", help="a data set, or the path of a Parquet file (all)")
    listing.add_argument(
        "--contamination", action="store_true", help="judged prompts that are nearly among those to learn from"
    )
    listing.add_argument(
        "--threshold", type=number(0, 1), default=0.95, metavar="COSINE", help="how alike is contaminated (0.95)"
    )
    importing = verb(verbs, "import", "bring recorded outcomes or votes of another tool in as a data set", import_)
    importing.formatter_class = Formats
    importing.add_argument("format", help="what the file is, see below")
    importing.add_argument("path", type=Path, help="the file: .csv, .jsonl, .json or .parquet, also with .gz after it")
    importing.add_argument("--name", help="name of the data set (the file's)")
    importing.add_argument("--replace", action="store_true", help="put it in place of a data set of that name")
    fitting = verb(verbs, "fit", "let a strategy learn from recorded outcomes or votes, for live use", fit)
    fitting.add_argument("strategy", help="which strategy, such as knn")
    taught = fitting.add_mutually_exclusive_group(required=True)
    taught.add_argument("--data", metavar="NAME", help="outcomes: a data set, or the path of a Parquet file")
    taught.add_argument("--votes", metavar="NAME", help="a set of votes, a Parquet file, or own: those cast here")
    fitting.add_argument(
        "--rename",
        action="append",
        default=[],
        type=pair,
        metavar="VOTED=ID",
        help="a model of the votes is this one of models.toml",
    )
    fitting.add_argument(
        "--param", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a parameter of the strategy"
    )


class Formats(argparse.HelpFormatter):
    """Names the formats when help is asked for: looking them up reads the metadata of every installed package."""

    def format_help(self) -> str:
        from workbench.services.intake import formats

        return f"{super().format_help()}\nformats: {', '.join(formats().names())}\n"


def data(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    if args.contamination:
        return _contamination(args, settings, console)
    if args.name:
        return _coverage(args.name, settings, console)
    return _listing(settings, console)


def _listing(settings: Settings, console: Console) -> int:
    """Every data set in one line; one that cannot be read says why instead."""
    from workbench.services import datasets

    sets = [_line(found) for found in datasets.listing(settings.home)]
    ballots = datasets.ballots(settings.home)
    console.document([row | {"kind": "outcomes"} for row in sets] + [row | {"kind": "votes"} for row in ballots])
    console.table(sets, COLUMNS)
    if ballots:
        console.say()
        console.table(ballots)
    return 0


def _line(found: Mapping[str, Any]) -> dict[str, Any]:
    if "problem" in found:
        return dict(found)
    counts = {name: len(found[name]) for name in ("models", "categories")}
    return {name: {**found, **counts}[name] for name in COLUMNS}


def _coverage(name: str, settings: Settings, console: Console) -> int:
    """Of the outcomes and of the votes of that name, whatever there is."""
    from workbench import outcomes, votes

    voted = name in votes.names(settings.home) or name.endswith(votes.ENDING)
    only = voted and name not in outcomes.names(settings.home)
    scored = [] if only else outcomes.load(name, settings.home).coverage()
    ballots = votes.load(name, settings.home).coverage() if voted else []
    console.document([row | {"kind": "outcomes"} for row in scored] + [row | {"kind": "votes"} for row in ballots])
    console.table([_cell(row) for row in scored])
    if scored and ballots:
        console.say()
    console.table(ballots)
    return 0


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    usd = row.pop("cost_usd")
    return row | {"$ / 1k prompts": 1e3 * usd}


def _contamination(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Judged prompts that a strategy could learn from nearly word for word."""
    from workbench import embed, outcomes
    from workbench.services.contamination import contamination, own_parts

    if not args.name:
        raise BadInput(
            "name a data set to look for contaminated prompts in, such as workbench data reasoning --contamination"
        )
    embed.use(embed.cached(settings.cache, model=settings.embedder))
    recorded = outcomes.load(args.name, settings.home).recorded()
    parts, how = own_parts(recorded)
    found = contamination(recorded, parts, args.threshold)
    console.document(found)
    console.table(found["pairs"][:PAIRS])
    if len(found["pairs"]) > PAIRS:
        console.say(f"... and {len(found['pairs']) - PAIRS:,} more: --json lists them all")
    console.say(
        f"{found['contaminated']:,} of {found['judged']:,} judged prompts ({how}) are contaminated: {found['equal']:,} "
        f"equal to one of training, the others at a cosine of {found['threshold']:g} or more"
    )
    return 0


def import_(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.intake import take_in

    name = args.name or args.path.name.split(".")[0]
    taken = take_in(args.format, args.path, settings.home / "data", name, replace=args.replace)
    console.document(taken.as_json())
    for line in taken.lines():
        console.say(line)
    return 0


def fit(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench import outcomes
    from workbench.services.desk import learn, learn_votes
    from workbench.services.fit import Fits
    from workbench.services.own_votes import find

    params = dict(args.param)
    if args.rename and not args.votes:
        raise BadInput("--rename names the models of votes: give it with --votes")
    if args.votes:
        votes = find(args.votes, settings.home).renamed(dict(args.rename))
        path = learn_votes(settings, args.strategy, params, votes)
    else:
        path = learn(settings, args.strategy, params, outcomes.load(args.data, settings.home))
    about = Fits(path.parent).about(args.strategy)
    console.document({"strategy": args.strategy, "data": args.data, "votes": args.votes, "file": str(path), **about})
    models = ", ".join(about["models"])
    console.say(
        f"{args.strategy} learned of {models} from {about['prompts']:,} prompt{'s' * (about['prompts'] != 1)} of {args.votes or args.data}: {path}"
    )
    return 0
