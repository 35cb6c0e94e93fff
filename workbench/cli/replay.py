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
    parser.add_argument("--formats", type=names, default=["svg"], metavar="F,F", help="of png, svg, html (svg)")


def replay(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.benchmark import run
    from workbench.services.cluster import machines
    from workbench.services.verdicts import plain_text

    place = machines(args.on, settings.cache)
    found = run(request(args), settings, lambda text, done, total: console.note(text), place)
    files = _plots(found, args) if args.plots else []
    shown = {name: value for name, value in found.items() if name not in ("cells", "outcome_cells")}
    shown["curves"] = [{k: v for k, v in c.items() if k != "choices"} for c in found["curves"]]
    console.document(shown | {"plots": [str(file) for file in files]})
    console.say(plain_text(found["sentence"]))
    console.say()
    show(found, console)
    for file in files:
        console.say(str(file))
    return 0


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
    """The table of a replay: strategies first, reference lines after them."""
    data = found["data"]
    console.table([*map(_row, found["curves"]), *map(_line, found["lines"])])
    judged = f"{data['folds']} folds" if data["folds"] else f"{data['train']:,} to learn from"
    nominal = "; costs are nominal" if data["nominal"] else ""
    skipped = f"; {data['skipped']:,} left out, not recorded by all" if data["skipped"] else ""
    console.say(
        f"{data['name']}: {data['prompts']:,} prompts, {len(data['models'])} models, {judged}{skipped}{nominal}"
    )
    console.say("[low, high]: 95 % by prompt. AIQ: settings chosen on other prompts than those it is judged on.")


def _row(curve: Mapping[str, Any]) -> dict[str, Any]:
    point = curve["points"][curve["best"]]
    return {
        "strategy": curve["label"],
        "quality": span(point["quality"], 3),
        "$ / 1k": span(point["cost"], 4),
        "latency s": "" if point["latency_s"] is None else f"{point['latency_s']:.2f}",
        "calls": f"{point['calls']:.2f}",
        "AIQ": span(curve["aiq"], 3),
        "APGR": span(curve["apgr"], 3),
        "arena": span(curve["arena"], 3),
        "above mixing": span(curve["above_zero_router"], 3),
        "decision us": "" if curve["decision_us"] is None else f"{curve['decision_us']:.1f}",
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    blank = dict.fromkeys(("strategy", "quality", "$ / 1k", "latency s", "calls", "AIQ", "APGR", "arena"), "")
    blank |= {"above mixing": "", "decision us": "", "strategy": f"({line['name']})"}
    if line["kind"] == "curve":
        return blank | {
            "AIQ": "" if line["aiq"] is None else f"{line['aiq']:.3f}",
            "strategy": f"({line['name']} curve)",
        }
    quality = {"value": line["quality"][0], "low": line["low"][0], "high": line["high"][0]}
    cost = {"value": line["cost"][0], "low": line["cost_low"][0], "high": line["cost_high"][0]}
    return blank | {"quality": span(quality, 3), "$ / 1k": span(cost, 4), "arena": f"{line['score']:.3f}"}


def span(estimate: Mapping[str, float] | None, digits: int) -> str:
    """`.857 [.845, .869]`."""
    if estimate is None:
        return ""
    value, low, high = (f"{estimate[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"
