"""`workbench judge`: a model scores the answers of a data set or of stored runs, once it is known how far it agrees with people."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .judging import add_rubric, add_use, admitted, judge_of
from .record import Ticker
from .verb import Verbs, count, verb

if TYPE_CHECKING:
    from workbench.services.judge import Judge
    from workbench.services.judging import Judging
    from workbench.services.pool import Pool
    from workbench.services.record import Journal


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    what = "let a model judge answers, and measure how far it agrees with people"
    parser = verbs.add_parser("judge", help=what, description=f"{what.capitalize()}.", allow_abbrev=False)
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    scoring = verb(
        parts, "score", "fill in the missing qualities of a data set, as a new one; the same command goes on", score
    )
    scoring.add_argument("data", metavar="DATA", help="data set, or the path of a Parquet file")
    scoring.add_argument("--model", required=True, metavar="M", help="which model judges")
    scoring.add_argument("--name", help="name of the new data set (DATA-judged)")
    running = verb(
        parts, "runs", "score the answers of stored runs: drift is looked for and weights are learned in them", runs
    )
    running.add_argument("--model", required=True, metavar="M", help="which model judges")
    running.add_argument("--strategy", default="", metavar="NAME", help="only answers of this strategy")
    running.add_argument("--since", default="", metavar="DAY", help="first day, such as 2026-11-01 (UTC)")
    agreeing = verb(parts, "agreement", "measure how far a judge agrees with human votes", agreement)
    agreeing.add_argument(
        "--votes", required=True, metavar="NAME", help="set of votes, a Parquet file, or own: those cast here"
    )
    agreeing.add_argument(
        "--rounds",
        type=count(1, 9),
        default=3,
        metavar="N",
        help="a pair judged by its order is judged again, so often at most (3)",
    )
    agreeing.add_argument(
        "--form",
        choices=["scores", "pairs"],
        default="scores",
        help="measure its scores of single answers, which is what it is used for, or its choices between two (scores)",
    )
    who = agreeing.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--model", metavar="M", help="ask this model; how far its scores agree counts for what it may be used for"
    )
    who.add_argument("--recorded", metavar="JUDGE", help="a judge whose votes stand in the set")
    add_use(scoring)
    add_use(running)
    add_rubric(agreeing)
    for each in (scoring, running, agreeing):
        each.add_argument("--limit", type=count(1, 10_000_000), metavar="N", help="only so many answers or pairs")
        each.add_argument(
            "--at-once", type=count(1, 256), default=2, metavar="N", help="answers or pairs at a time (2)"
        )
        each.add_argument("--retry-failed", action="store_true", help="ask again what failed before")


def score(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Ctrl-C keeps what was judged; the same command goes on from there."""
    from workbench import outcomes
    from workbench.services import judging

    data = outcomes.load(args.data, settings.home)
    pool, judge = _judge(args, settings)
    known = admitted(judge, args, settings)
    plan = judging.of_data(data, judge, args.limit)
    name = args.name or f"{data.name}-judged"
    if Path(name).name != name:
        raise BadInput(f"--name {name!r} must be a plain name")
    with _journal(settings, name, plan) as journal:
        try:
            _run(args, plan, journal, pool, console)
        finally:
            lines = list(journal.rows.values())
            rows = judging.filled(data, {line["query_id"]: line for line in lines})
            facts = judging.about(plan, lines, known)
            out = settings.home / "data" / f"{name}.parquet"
            outcomes.write(rows, out, facts)
    failed = sum(line["error"] is not None for line in lines)
    usd = float(facts["judge_cost_usd"])
    console.document({"name": name, "file": str(out), "judged": len(lines) - failed, "failed": failed, "about": facts})
    console.say(f"{out}: {len(lines) - failed} answers judged, {failed} failed, ${usd:.4f} for judging")
    return 0


def runs(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Ctrl-C keeps what was judged; the same command goes on from there."""
    import asyncio
    from datetime import UTC, datetime

    from workbench.services.desk import teach
    from workbench.services.judged_runs import of_runs, rows
    from workbench.store import open_store
    from workbench.store.history import Filter

    pool, judge = _judge(args, settings)
    known = admitted(judge, args, settings)
    wanted = Filter.parse({"strategy": args.strategy, "since": args.since})
    with open_store(settings.home) as store:
        asked = asyncio.run(of_runs(store, judge, wanted, args.limit, measured=bool(known)))
        with _journal(settings, asked.journal, asked.judging) as journal:
            try:
                _run(args, asked.judging, journal, pool, console)
            finally:
                lines = [line for line in journal.rows.values() if line["query_id"] in asked.runs]
                made = list(rows(asked, lines, datetime.now(UTC)))
                asyncio.run(store.append(made))
                asyncio.run(teach(settings, store))
    failed = sum(line["error"] is not None for line in lines)
    usd = sum(line["cost_usd"] for line in lines)
    console.document({"answers": len(lines) - failed, "runs": len(made), "failed": failed, "judge_cost_usd": usd})
    console.say(
        f"{len(lines) - failed:,} answers of {len(made):,} runs judged, {failed} failed, ${usd:.4f} for judging"
    )
    return 0


def agreement(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services import agreement as service
    from workbench.services.own_votes import find

    found = find(args.votes, settings.home)
    if args.recorded:
        who, made = args.recorded, service.of_recorded(found, args.recorded)
    else:
        pool, judge = _judge(args, settings)
        plan, judged = service.of_votes(found, judge, args.limit, args.form)
        name = f"{found.name}-{judge.model.id}-agreement{'' if args.form == 'pairs' else '-scores'}"
        with _journal(settings, name, plan) as journal:
            _run(args, plan, journal, pool, console)
            lines = [journal.rows[asked.prompt.id, judge.model.id] for asked in plan.cases()]
        made = service.of_journal(judged, lines, args.form) | {"votes": found.name, "rounds": judge.rounds}
        made |= {"cost_usd": sum(line["cost_usd"] for line in lines)}
        who = judge.model.id
        service.Standing(settings.home / "judges").keep(judge.model, judge.rubric, made)
    text = f"{who}: {service.told(made, args.least_kappa)}"
    console.document(made | {"judge": who, "text": text})
    console.say(text)
    if "inconsistent" in made:
        console.say(f"{made['inconsistent']:.0%} of the pairs it judged by their order (they count as ties)")
    if "failed" in made:
        console.say(f"{made['failed']} failed (they count as disagreements); ${made['cost_usd']:.4f} for judging")
    return 0


def _judge(args: argparse.Namespace, settings: Settings) -> tuple[Pool, Judge]:
    from workbench import policy
    from workbench.services.desk import load_catalog
    from workbench.services.pool import Pool

    policy.use(settings.home)
    pool = Pool(load_catalog(settings), settings, breakers=False)
    return pool, judge_of(args.model, args, pool)


def _journal(settings: Settings, name: str, plan: Judging) -> Journal:
    from workbench.services.record import Journal

    return Journal(settings.home / "recordings" / f"{name.replace('/', '_')}.judged.jsonl", plan)


def _run(args: argparse.Namespace, plan: Judging, journal: Journal, pool: Pool, console: Console) -> None:
    import asyncio

    from workbench.services.judging import go_on

    async def run() -> None:
        try:
            await go_on(plan, journal, at_once=args.at_once, again=args.retry_failed, report=Ticker(console, ""))
        finally:
            await pool.close()

    asyncio.run(run())
