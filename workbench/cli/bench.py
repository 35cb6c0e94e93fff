"""`workbench bench`: what the workbench adds to the models' own time, measured on this machine."""

from __future__ import annotations

import argparse
import importlib
import inspect
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .replay import show as table
from .verb import Verbs, count, verb

FIGURES = (
    "strategies",
    "cascades",
    "replay",
    "peeking",
    "coverage",
    "decisions",
    "complexity",
    "safety",
    "intents",
    "bandit",
    "drift",
    "routers",
    "start",
    "votes",
    "first_token",
    "visitors",
)

ON_REQUEST = ("agent",)
"""Figures that take minutes on the local models: measured when they are named."""


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(
        verbs,
        "bench",
        "the table of all strategies on the recorded outcomes, and what the workbench itself takes",
        bench,
    )
    named = f"of {', '.join(FIGURES)} (all), or {', '.join(ON_REQUEST)}"
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=named)
    parser.add_argument(
        "--tasks", type=count(1, 1000), metavar="N", help="tasks that agent is measured on (8)", default=8
    )
    parser.add_argument("--split", choices=("train", "test"), default="", help="tasks of this part only (all)")
    parser.add_argument(
        "--replies", type=Path, metavar="FILE", help="keep the models' replies here, and ask for none that is in it"
    )
    parser.add_argument("--markdown", action="store_true", help="the table of strategies as Markdown, and nothing else")


def bench(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    if unknown := set(args.figures) - {*FIGURES, *ON_REQUEST}:
        there = ", ".join(FIGURES + ON_REQUEST)
        raise BadInput(f"no figure named {', '.join(sorted(unknown))}; there are {there}")
    if args.markdown:
        return _markdown(args, settings, console)
    found: dict[str, Any] = {}
    for name in args.figures or FIGURES:
        console.note(f"measuring {name} ...")
        found[name] = _measure(name, settings, args)
        console.say(name)
        if name == "strategies":
            table(found[name], console)
            for strategy, reason in found[name]["left_out"].items():
                console.say(f"{strategy} is left out: {reason}")
        else:
            _show(found[name], console)
    (alone, *others) = found.values()
    console.document(found if others else found | alone)  # a single figure's numbers stand at the top too
    return 0


def _markdown(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """What README.md shows. Raises BadInput for another figure, which has no such form."""
    from workbench.bench.strategies import markdown

    if args.figures not in ([], ["strategies"]) or args.json:
        raise BadInput("--markdown prints the table of strategies: workbench bench strategies --markdown")
    console.note("measuring strategies ...")
    console.say(markdown(_measure("strategies", settings, args)), end="")
    return 0


def _measure(name: str, settings: Settings, args: argparse.Namespace) -> dict[str, Any]:
    """Some figures are of functions; the others take an environment, in which they start an app or models of their own."""
    measure = importlib.import_module(f"workbench.bench.{name}").measure
    wanted = inspect.signature(measure).parameters
    offers = {"environ": settings.environ, "tasks": args.tasks, "split": args.split, "replies": args.replies}
    figures: dict[str, Any] = measure(**{k: v for k, v in offers.items() if k in wanted})
    return figures


def _show(figures: dict[str, Any], console: Console, indent: str = "  ") -> None:
    for key, value in figures.items():
        if isinstance(value, dict):
            console.say(f"{indent}{key}")
            _show(value, console, indent + "  ")
        elif isinstance(value, list):
            console.table(value)
        else:
            console.say(f"{indent}{key:24} {value:.6g}" if isinstance(value, float) else f"{indent}{key:24} {value}")
