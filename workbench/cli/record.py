"""`workbench record`: ask models the cases of a suite, grade the answers, keep them as a data set."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .judging import add_use, admitted, judge_of
from .verb import PLACES, Verbs, count, names, number, pair, verb

if TYPE_CHECKING:
    from workbench.services.judge import Judge
    from workbench.services.pool import Pool
    from workbench.services.record import Journal, Progress
    from workbench.suite import Suite

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
    parser.add_argument(
        "--samples",
        type=_samples,
        default={},
        metavar="M=N,...",
        help="ask these models N times: the answer is what most agree on, its confidence their share",
    )
    parser.add_argument(
        "--judge", metavar="M", help="which model scores what no rule can grade (cases of grader judge)"
    )
    add_use(parser)


def record(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Ctrl-C keeps what was answered; the same command goes on from there."""
    import asyncio

    from workbench import outcomes
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
    judge, known = _judge(args, settings, pool, suite)
    plan = Plan(suite, candidates(pool, args.models), params, judge, args.samples)
    if unknown := args.samples.keys() - {m.id for m in plan.models}:
        raise BadInput(
            f"--samples names {', '.join(sorted(unknown))}, which is not asked: there are {', '.join(m.id for m in plan.models)}"
        )
    if args.samples and not args.temperature:
        raise BadInput(
            "samples at temperature 0 are all the same: give --temperature 0.7, as `cascade` asks for its drafts"
        )
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
            rows = [row for row in journal.rows.values() if row["model"] in {m.id for m in plan.models}]
            told = about(plan, rows, known)
            written = outcomes.write(rows, out, told) if rows else 0  # of an interrupted recording too
    facts = {"name": name, "file": str(out), "outcomes": written, "failed": progress.failed, "about": told}
    console.document(facts | {"cost_usd": progress.cost_usd, "quality": progress.right / max(1, progress.done)})
    console.say(f"{out}: {written} outcomes, {progress.failed} failed, ${progress.cost_usd:.4f}")
    if judge is not None:
        console.say(_of_judging(told, name))
    return 0


def _samples(text: str) -> dict[str, int]:
    """`model-a=5,model-b=3`."""
    named = [pair(part) for part in names(text)]
    return {name: count(2, 32)(value) for name, value in named}


def _judge(
    args: argparse.Namespace, settings: Settings, pool: Pool, suite: Suite
) -> tuple[Judge | None, dict[str, Any]]:
    """Who scores, and its agreement with people. Raises BadInput for one that may not, or has nothing to score."""
    from workbench import policy
    from workbench.services.record import JUDGE

    wanted = any(line["grader"] == JUDGE for line in suite.lines)
    if not args.judge and wanted:
        raise BadInput(f"cases of {suite.name} have the grader judge: name the model that scores with --judge MODEL")
    if not args.judge:
        return None, {}
    if not wanted:
        raise BadInput(f"no case of {suite.name} has the grader judge: leave out --judge")
    if args.on != "here":
        raise BadInput("a judge is asked from this machine: leave out --on, or --judge")
    policy.use(settings.home)
    judge = judge_of(args.judge, args, pool)
    return judge, admitted(judge, args, settings)


def _of_judging(told: Mapping[str, str], name: str) -> str:
    who, failed = told["judge"], int(told["judge_failed"])
    usd = float(told["judge_cost_usd"])
    said = f"{who} judged {told['judged']} answer{'s' * (told['judged'] != '1')} for ${usd:.4f}, which is counted apart"
    return f"{said}; {failed} failed: `workbench judge score {name} --model {who}` fills them in" if failed else said


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
