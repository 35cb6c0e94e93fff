"""`workbench data`, `import` and `fit`: recorded outcomes into the workbench, what there is, and what is learned of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.settings import Settings

from .console import Console
from .verb import Verbs, pair, verb

if TYPE_CHECKING:
    from workbench.outcomes import Outcomes

SHOWN = ("name", "prompts", "models", "categories", "outcomes", "failed", "quality", "file")


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    listing = verb(verbs, "data", "list the data sets, or the coverage of one per model and category", data)
    listing.add_argument("name", nargs="?", help="a data set, or the path of a Parquet file (all)")
    importing = verb(verbs, "import", "bring recorded outcomes or votes of another tool in as a data set", import_)
    importing.formatter_class = Formats
    importing.add_argument("format", help="what the file is, see below")
    importing.add_argument("path", type=Path, help="the file: .csv, .jsonl, .json or .parquet, also with .gz after it")
    importing.add_argument("--name", help="name of the data set (the file's)")
    importing.add_argument("--replace", action="store_true", help="put it in place of a data set of that name")
    fitting = verb(verbs, "fit", "let a strategy learn from a data set, for live use", fit)
    fitting.add_argument("strategy", help="which strategy, such as knn")
    fitting.add_argument("--data", required=True, metavar="NAME", help="data set, or the path of a Parquet file")
    fitting.add_argument(
        "--param", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a parameter of the strategy"
    )


class Formats(argparse.HelpFormatter):
    """Names the formats when help is asked for: looking them up reads the metadata of every installed package."""

    def format_help(self) -> str:
        from workbench.services.intake import formats

        return f"{super().format_help()}\nformats: {', '.join(formats().names())}\n"


def data(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench import votes
    from workbench.services import datasets

    if args.name:
        return _coverage(args.name, settings, console)
    sets = [_line(found) for found in datasets.listing(settings.home)]
    ballots = [_voted(name, path) for name, path in votes.names(settings.home).items()]
    console.document([*sets, *ballots])
    console.table(sets, SHOWN)
    if ballots:
        console.say()
        console.table(ballots)
    return 0


def _coverage(name: str, settings: Settings, console: Console) -> int:
    """Of the outcomes and of the votes of that name, whatever there is."""
    from workbench import outcomes, votes

    if name in votes.names(settings.home) and name not in outcomes.names(settings.home):
        found = votes.load(name, settings.home).coverage()
        console.document(found)
        console.table(found)
        return 0
    found = outcomes.load(name, settings.home).coverage()
    console.document(found)
    console.table([_cell(row) for row in found])
    return 0


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    usd = row.pop("cost_usd")
    return row | {"$ / 1k prompts": 1e3 * usd}


def _line(found: Mapping[str, Any]) -> dict[str, Any]:
    """A data set in one line; one that cannot be read says why instead."""
    if "problem" in found:
        return dict(found)
    counts = {name: len(found[name]) for name in ("models", "categories")}
    return {name: {**found, **counts}[name] for name in SHOWN}


def _voted(name: str, path: Path) -> dict[str, Any]:
    """The same for votes."""
    from workbench import votes

    try:
        return {"name": name, "kind": "votes", **votes.read(path).described(), "file": str(path)}
    except WorkbenchError as error:
        return {"name": name, "kind": "votes", "file": str(path), "problem": str(error)}


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
    from workbench.services.desk import learn

    found: Outcomes = outcomes.load(args.data, settings.home)
    path = learn(settings, args.strategy, dict(args.param), found)
    console.document({"strategy": args.strategy, "data": found.name, "file": str(path)})
    console.say(f"{args.strategy} learned from {found.name}: {path}")
    return 0
