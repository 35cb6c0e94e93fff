"""How commands name a judge: the model, what it judges by, and how far it must agree with people."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from workbench.settings import Settings

from .verb import number

if TYPE_CHECKING:
    from workbench.services.judge import Judge
    from workbench.services.pool import Pool


def add_rubric(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rubric", default="answers", metavar="NAME", help="what is judged by (answers)")
    parser.add_argument(
        "--least-kappa", type=number(-1, 1), default=0.4, metavar="K", help="lower end of the agreement needed (0.4)"
    )


def add_use(parser: argparse.ArgumentParser) -> None:
    add_rubric(parser)
    parser.add_argument("--unmeasured", action="store_true", help="use a judge whose agreement nobody has measured")


def judge_of(model: str, args: argparse.Namespace, pool: Pool) -> Judge:
    """Raises UnknownModel, and BadInput for a model or a rubric that cannot be used."""
    from workbench.services.ask import candidates
    from workbench.services.judge import ROUNDS, Judge
    from workbench.services.rubric import rubric

    (found,) = candidates(pool, [model])
    return Judge(found, rubric(args.rubric), pool, getattr(args, "rounds", ROUNDS))


def admitted(judge: Judge, args: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Its agreement with people. Raises BadInput for a judge that may not be used."""
    from workbench.services.agreement import Standing

    standing = Standing(settings.home / "judges")
    return standing.admit(judge.model, judge.rubric, args.least_kappa, unmeasured=args.unmeasured)
