"""`workbench data`, `import` and `fit`: recorded outcomes into the workbench, what there is, and what is learned of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput, WorkbenchError
from workbench.settings import Settings

from .console import Console
from .verb import Verbs, pair, verb

if TYPE_CHECKING:
    from workbench.outcomes import Outcomes


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    listing = verb(verbs, "data", "list the data sets, or the coverage of one per model and category", data)
    listing.add_argument("name", nargs="?", help="a data set, or the path of a Parquet file (all)")
    importing = verb(verbs, "import", "bring recorded outcomes or votes of another tool in as a data set", import_)
    importing.add_argument("format", help="long, routerbench, routellm, arena, mtbench, openai_logs, litellm_logs")
    importing.add_argument("path", type=Path, help="the file")
    importing.add_argument("--name", help="name of the data set (the file's)")
    fitting = verb(verbs, "fit", "let a strategy learn from a data set, for live use", fit)
    fitting.add_argument("strategy", help="which strategy, such as knn")
    fitting.add_argument("--data", required=True, metavar="NAME", help="data set, or the path of a Parquet file")
    fitting.add_argument(
        "--param", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a parameter of the strategy"
    )


def data(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench import outcomes

    if args.name:
        found = outcomes.load(args.name, settings.home).coverage()
        console.document(found)
        console.table([_cell(row) for row in found])
        return 0
    rows = [_described(name, path) for name, path in outcomes.names(settings.home).items()]
    console.document(rows)
    console.table(rows, ("name", "prompts", "models", "categories", "outcomes", "failed", "quality", "file"))
    return 0


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    usd = row.pop("cost_usd")
    return row | {"$ / 1k prompts": 1e3 * usd}


def _described(name: str, path: Path) -> dict[str, Any]:
    """A data set in one line; one that cannot be read says why instead."""
    from workbench import outcomes

    try:
        frame = outcomes.read(path).frame
    except WorkbenchError as error:
        return {"name": name, "file": str(path), "problem": str(error)}
    return {
        "name": name,
        "prompts": frame["query_id"].n_unique(),
        "models": frame["model"].n_unique(),
        "categories": frame["category"].n_unique(),
        "outcomes": frame.height,
        "failed": frame.height - frame["error"].null_count(),
        "quality": frame["quality"].mean(),
        "file": str(path),
    }


def import_(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.intake import take_in

    name = args.name or args.path.name.split(".")[0]
    if Path(name).name != name:
        raise BadInput(f"--name {name!r} must be a plain name")
    taken = take_in(args.format, args.path, settings.home / "data", name)
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
