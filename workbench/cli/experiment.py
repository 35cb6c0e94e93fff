"""`workbench experiment plan | run | report | list`: live comparisons that may be looked at any time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .record import Ticker
from .replay import named
from .verb import Verbs, count, names, number, verb

if TYPE_CHECKING:
    from workbench.services.experiment import Plan
    from workbench.services.experiment_run import Ended
    from workbench.services.experiment_size import Pilot
    from workbench.services.pool import Pool


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    about = "plan, run and report live experiments that may be looked at any time"
    parser = verbs.add_parser("experiment", help=about, description=f"{about.capitalize()}.", allow_abbrev=False)
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    _add_plan(parts)
    _add_run(parts)
    reporting = verb(parts, "report", "say what an experiment, or the votes of a comparison, show so far", report)
    reporting.add_argument("name", help="its name or id")
    verb(parts, "list", "list the experiments", list_)


def _add_plan(parts: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(parts, "plan", "how many prompts a difference takes to be seen, and what they cost", plan)
    parser.add_argument("strategies", nargs="*", metavar="STRATEGY", help="for a pilot: strategies, the base first")
    parser.add_argument(
        "--difference", type=number(0, 1), required=True, metavar="D", help="smallest worth seeing; 0.05 is 5 points"
    )
    parser.add_argument("--power", type=number(0.5, 0.95), default=0.8, metavar="P", help="chance to see it (0.8)")
    parser.add_argument(
        "--data", metavar="NAME", help="pilot data set: variance and costs are taken from a replay over it"
    )
    parser.add_argument("--models", type=names, metavar="A,B", help="only these of its models")
    parser.add_argument("--sd", type=number(0, 1), metavar="S", help="without a pilot: deviation of the difference")
    parser.add_argument("--cost", type=numbers, default=[], metavar="USD,USD", help="USD a prompt, of each strategy")
    _add_assignment(parser)


def _add_assignment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--assign",
        choices=["paired", "prompt", "user"],
        default="paired",
        help="every strategy answers each prompt (paired), or one does, drawn by prompt or by user",
    )
    parser.add_argument("--shares", type=numbers, default=[], metavar="S,S", help="how often each is drawn (equal)")


def _add_run(parts: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(parts, "run", "ask strategies the cases of a suite, grade the answers; the same command goes on", run)
    parser.add_argument("name", help="of the experiment")
    parser.add_argument(
        "strategies", nargs="+", metavar="STRATEGY", help="NAME or NAME:param=value,...; the base first"
    )
    parser.add_argument("--suite", required=True, metavar="SUITE", help="name of a suite, or a .jsonl file of cases")
    parser.add_argument("--pool", type=names, metavar="A,B", help="models to choose from (every usable one)")
    _add_assignment(parser)
    parser.add_argument("--seed", type=count(0, 2**31), default=0, metavar="N", help="of order and assignment (0)")
    parser.add_argument("--limit", type=count(1, 10_000_000), metavar="N", help="only the first N cases")
    parser.add_argument("--at-once", type=count(1, 256), default=2, metavar="N", help="cases at a time (2)")
    parser.add_argument("--budget", type=number(0, 1e6), metavar="USD", help="most that the whole experiment may cost")
    parser.add_argument(
        "--guard",
        action="append",
        default=[],
        type=guard,
        metavar="WHAT=LIMIT",
        help="stop when a strategy is shown above: cost=USD a prompt, latency=seconds, errors=share",
    )
    parser.add_argument("--temperature", type=number(0, 2), default=0.0, metavar="T", help="0 to 2 (0)")
    parser.add_argument("--max-tokens", type=count(1, 1_000_000), default=256, metavar="N", help="longest answer (256)")
    parser.add_argument("--note", default="", help="why it is made, what is expected")


def numbers(text: str) -> list[float]:
    """`0.5,0.5`."""
    return [float(part) for part in text.split(",") if part.strip()]


def guard(text: str) -> tuple[str, float]:
    """`errors=0.05`."""
    name, _, limit = text.partition("=")
    return name.strip(), float(limit)


def plan(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.experiment_size import sized, told

    made = sized(_pilot(args, settings, console), args.difference, args.power, args.assign, args.shares)
    console.document(made | {"text": told(made)})
    console.say(told(made))
    return 0


def _pilot(args: argparse.Namespace, settings: Settings, console: Console) -> Pilot:
    from workbench.services.benchmark import Request
    from workbench.services.experiment_size import piloted, stated
    from workbench.services.replay import Entrant

    if args.data:
        entrants = [Entrant(*named(text)) for text in args.strategies]
        request = Request(args.data, entrants, models=tuple(args.models or ()))
        return piloted(request, settings, lambda text, done, total: console.note(text))
    if args.sd is None:
        raise BadInput("say how much answers vary: --data NAME with two strategies (a pilot), or --sd 0.5 (and --cost)")
    return stated(args.sd, args.cost)


def run(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Ctrl-C keeps what was answered; the same command goes on from there."""
    import asyncio

    from workbench.services.desk import teach
    from workbench.services.experiment_report import report as reported
    from workbench.services.experiment_run import run as go_on
    from workbench.store import open_store

    pool, asked = _prepared(args, settings)

    async def live() -> tuple[Ended, dict[str, Any]]:
        with open_store(settings.home) as store:
            try:
                ended = await go_on(
                    asked,
                    pool,
                    store,
                    settings.home,
                    at_once=args.at_once,
                    budget_usd=args.budget,
                    report=Ticker(console),
                )
            finally:
                await pool.close()
            await teach(settings, store)
            return ended, await reported(store, asked.id)

    ended, made = asyncio.run(live())
    console.note(ended.text)
    _show(made | {"ended": ended.text}, console)
    return 0


def _prepared(args: argparse.Namespace, settings: Settings) -> tuple[Pool, Plan]:
    """The pool of models and the checked plan."""
    from workbench.services.ask import candidates
    from workbench.services.desk import fitted, load_catalog
    from workbench.services.experiment import Asked, prepare
    from workbench.services.pool import Pool
    from workbench.suite import Suite, load

    suite = load(args.suite, settings.home)
    pool = Pool(load_catalog(settings), settings)
    params = {"temperature": args.temperature, "max_tokens": args.max_tokens}
    asked = Asked(
        args.name,
        [named(text) for text in args.strategies],
        args.assign,
        args.shares,
        args.seed,
        params,
        dict(args.guard),
        args.note,
    )
    cut = Suite(suite.name, suite.lines[: args.limit])
    return pool, prepare(fitted(settings), asked, cut, candidates(pool, args.pool))


def report(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench.services.experiment_report import report as reported
    from workbench.store import open_store

    with open_store(settings.home) as store:
        made = asyncio.run(reported(store, args.name))
    _show(made, console)
    return 0


def _show(made: dict[str, Any], console: Console) -> None:
    from workbench.services.experiment_text import markdown

    console.document(made)
    console.say(markdown(made), end="")


def list_(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    from workbench.services.experiment_list import rows
    from workbench.store import open_store

    with open_store(settings.home) as store:
        found = asyncio.run(rows(store))
    console.document(found)
    shown = [
        {name: row[name] for name in ("name", "strategies", "suite", "assign", "answered", "cases", "begun")}
        for row in found
    ]
    console.table(shown, ("name", "strategies", "suite", "assign", "answered", "cases", "begun"))
    return 0
