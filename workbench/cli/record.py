"""`workbench record`: ask models the cases of a suite, grade the answers, keep them as a data set."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .verb import PLACES, Verbs, count, names, number, verb

if TYPE_CHECKING:
    from workbench.services.record import Journal, Plan, Progress

EVERY_S = 1.0
LOGGED_EVERY_S = 30.0


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(
        verbs, "record", "ask models every case of a suite, grade the answers, keep them as a data set", record
    )
    parser.add_argument("suite", help="name of a suite (smoke, intents, reasoning), or a .jsonl file of cases")
    parser.add_argument("--models", type=names, metavar="A,B", help="which models (every usable one)")
    parser.add_argument("--name", help="name of the data set (the suite's)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the Parquet file (NAME.parquet in your data folder)")
    parser.add_argument("--limit", type=count(1, 10_000_000), metavar="N", help="only the first N cases")
    parser.add_argument(
        "--at-once", type=count(1, 256), default=2, metavar="N", help="calls of each model at a time (2)"
    )
    parser.add_argument("--temperature", type=number(0, 2), default=0.0, metavar="T", help="0 to 2 (0)")
    parser.add_argument("--max-tokens", type=count(1, 1_000_000), default=48, metavar="N", help="longest answer (48)")
    parser.add_argument(
        "--on",
        choices=PLACES,
        default="here",
        help="ask from this machine, or from the machines of a Ray cluster (here)",
    )
    parser.add_argument("--retry-failed", action="store_true", help="ask again what failed before")


def record(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Ctrl-C keeps what was answered; the same command goes on from there."""
    import asyncio

    from workbench.services.ask import candidates
    from workbench.services.desk import load_catalog
    from workbench.services.pool import Pool
    from workbench.services.record import Direct, Journal, Plan, about
    from workbench.services.record import record as ask_all
    from workbench.services.remote import Remote
    from workbench.suite import Suite, load

    suite = load(args.suite, settings.home)
    suite = Suite(suite.name, suite.lines[: args.limit])
    pool = Pool(load_catalog(settings), settings, breakers=False)
    params = {"temperature": args.temperature, "max_tokens": args.max_tokens}
    plan = Plan(suite, candidates(pool, args.models), params)
    name = args.name or suite.name
    if Path(name).name != name:
        raise BadInput(f"--name {name!r} must be a plain name; --out takes a path")
    out = args.out or settings.home / "data" / f"{name}.parquet"

    asker = Direct(plan, pool) if args.on == "here" else Remote(plan, settings)

    async def run(journal: Journal) -> Progress:
        try:
            return await ask_all(
                plan, asker, journal, at_once=args.at_once, again=args.retry_failed, report=Ticker(console)
            )
        finally:
            await pool.close()

    with Journal(settings.home / "recordings" / f"{name}.jsonl", plan) as journal:
        try:
            progress = asyncio.run(run(journal))
        finally:
            written = _write(plan, journal, out)
    facts = {"name": name, "file": str(out), "outcomes": written, "failed": progress.failed, "about": about(plan)}
    console.document(facts | {"cost_usd": progress.cost_usd, "quality": progress.right / max(1, progress.done)})
    console.say(f"{out}: {written} outcomes, {progress.failed} failed, ${progress.cost_usd:.4f}")
    return 0


def _write(plan: Plan, journal: Journal, out: Path) -> int:
    """The data set as far as it goes: of an interrupted recording too."""
    from workbench import outcomes
    from workbench.services.record import about

    models = {m.id for m in plan.models}
    rows = [row for row in journal.rows.values() if row["model"] in models]
    return outcomes.write(rows, out, about(plan)) if rows else 0


class Ticker:
    """A line of progress: redrawn at a terminal, now and then in a log."""

    def __init__(self, console: Console, measure: str = "right") -> None:
        """`measure`: what the share of quality is called; "" leaves it out."""
        self._console, self._live, self._measure = console, console.err.isatty(), measure
        self._told = 0.0

    def __call__(self, progress: Progress) -> None:
        now, ended = time.monotonic(), progress.done == progress.total
        if not ended and now - self._told < (EVERY_S if self._live else LOGGED_EVERY_S):
            return
        self._told = now
        if self._live:
            self._console.err.write(f"\r{line(progress, self._measure)}\033[K" + ("\n" if ended else ""))
            self._console.err.flush()
        else:
            self._console.note(line(progress, self._measure))


def line(progress: Progress, measure: str = "right") -> str:
    left = "" if progress.left_s is None else f"  {int(progress.left_s) // 60}:{int(progress.left_s) % 60:02} left"
    right = f"  {progress.right / progress.done:.1%} {measure}" if progress.done and measure else ""
    return (
        f"{progress.done:,} of {progress.total:,}{right}  {progress.failed:,} failed  ${progress.cost_usd:.4f}  "
        f"{progress.per_s:.2f}/s{left}"
    )
