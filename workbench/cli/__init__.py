"""The `workbench` command: reads the environment once, gives each verb its settings, turns errors into exit codes.

One file a verb family. Importing this package is cheap: verbs import what they need when they run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from workbench import __version__
from workbench.errors import WorkbenchError
from workbench.settings import Settings

from . import app, ask, bench, catalog, data, datasets, drift, experiment, gate, judge, learn, record, replay
from .console import Console

OK, FAILED, USAGE, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141
EPILOG = """\
exit codes:
  0    done
  1    it could not be done; the message on stderr says why and what mends it
  2    the command line is wrong
  130  interrupted with Ctrl-C
  141  the reader of the output went away
  (gate and its verdicts: workbench gate --help)

environment:
  WORKBENCH_HOME   folder of all your files: database, models.toml, W&B runs
  WORKBENCH_CACHE  folder of what can be fetched again: weights of local models
  WORKBENCH_HOST, PORT   where `workbench app` listens (127.0.0.1, 7860)
  WORKBENCH_THREADS      threads of each local model
  OPENAI_API_KEY, ANTHROPIC_API_KEY, ...   keys that make hosted models usable

Data goes to stdout, notes to stderr. With --json stdout holds exactly one JSON document.
"""


class Parser(argparse.ArgumentParser):
    """Ends a wrong command line with 2, or with the code that a verb whose own codes say more keeps for refusals.

    Where a verb is left out, all verbs are told.
    """

    def error(self, message: str) -> NoReturn:
        (self.print_help if self._subparsers and "required" in message else self.print_usage)(sys.stderr)
        self.exit(self.get_default("refused") or USAGE, f"{self.prog}: error: {message}\n")


def parser() -> argparse.ArgumentParser:
    top = Parser(
        "workbench",
        description="Compare the policies that choose which language model answers which prompt.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"workbench {__version__}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for family in (app, ask, catalog, record, datasets, replay, experiment, judge, learn, drift, gate, data, bench):
        family.add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit code; anything but a WorkbenchError is a bug and keeps its traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    args = parser().parse_args(argv)
    console = Console(getattr(args, "json", False))
    try:
        code: int = args.run(args, Settings.from_env(os.environ), console)
    except WorkbenchError as error:
        console.note(f"workbench: {error}")
        return int(getattr(args, "refused", FAILED))
    except KeyboardInterrupt:
        console.note("workbench: stopped")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush at exit
        return UNREAD
    return code
