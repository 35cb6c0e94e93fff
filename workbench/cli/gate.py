"""`workbench gate`: whether a candidate may replace a base, as an exit code for CI."""

from __future__ import annotations

import argparse

from workbench.settings import Settings

from .console import Console
from .replay import named
from .verb import Verbs, count, names, number, verb

CODES = {"not worse": 0, "worse": 1, "undecided": 2}
UNJUDGED = 3
EPILOG = """\
exit codes of this verb:
  0    the candidate is shown not worse than the base by the margin
  1    it is worse by more than the margin
  2    undecided: the report says how many more prompts would about settle it
  3    there is no verdict: a wrong command line, unknown data or strategy (with other verbs 1 or 2)
"""


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    parser = verb(verbs, "gate", "judge a candidate against a base on recorded outcomes, for your CI", gate)
    parser.epilog, parser.formatter_class = EPILOG, argparse.RawDescriptionHelpFormatter
    parser.set_defaults(refused=UNJUDGED)
    parser.add_argument("base", metavar="BASE", help="what runs today: a strategy, or NAME:param=value,param=value")
    parser.add_argument("candidate", metavar="CANDIDATE", help="what would take its place, written alike")
    parser.add_argument("--data", required=True, metavar="NAME", help="data set, or a Parquet file")
    parser.add_argument(
        "--margin", type=number(0, 1), default=0.01, metavar="M", help="loss of mean quality that may be borne (0.01)"
    )
    parser.add_argument(
        "--alpha", type=number(1e-6, 0.5), default=0.05, metavar="A", help="chance of a wrong call (0.05)"
    )
    parser.add_argument(
        "--folds", type=count(0, 100), default=5, metavar="K", help="folds by prompt; 0: its own split (5)"
    )
    parser.add_argument("--seed", type=count(0, 2**31), default=0, metavar="N", help="of the folds (0)")
    parser.add_argument("--models", type=names, metavar="A,B", help="only these of the recorded models")


def gate(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services import gate as service
    from workbench.services.benchmark import Request
    from workbench.services.replay import Entrant

    entrants = [Entrant(*named(text)) for text in (args.base, args.candidate)]
    request = Request(args.data, entrants, args.folds, args.seed, tuple(args.models or ()))
    found = service.gate(request, args.margin, settings, alpha=args.alpha)
    made = service.document(found)
    console.document(made)
    console.say(service.markdown(made))
    return CODES[found.verdict.state]
