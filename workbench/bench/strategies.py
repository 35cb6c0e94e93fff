"""The table of all strategies on the workbench's own recorded outcomes, with intervals and reference lines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.services import tables
from workbench.services.benchmark import Request, contest, describe
from workbench.services.replay import Entrant, Sweep
from workbench.services.specs import registry
from workbench.settings import Settings

DATA = "reasoning"
NAIVE = Entrant("cascade", {"acceptor": "naive"}, Sweep("threshold", -3.0, 0.0, 31))
"""Beside the cascade that learned."""
SKIPPED = ("fixed",)
"""One model: the reference lines have all of them."""
PACKED = ("cells", "outcome_cells")
"""Columns by prompt, which pages read and a table does not."""


def request() -> Request:
    names = [name for name in registry().names() if name not in SKIPPED]
    return Request(DATA, [*(Entrant(name) for name in names), NAIVE], folds=5)


def measure(environ: Mapping[str, str]) -> dict[str, Any]:
    """The document of a replay of every strategy, without its columns by prompt; `left_out` says which could not be replayed."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.from_env({**environ, "WORKBENCH_HOME": str(Path(home))})
        judged, left_out = contest(request(), settings)
        found = describe(judged)
    curves = [{k: v for k, v in c.items() if k != "choices"} for c in found["curves"]]
    return {k: v for k, v in found.items() if k not in PACKED} | {"curves": curves, "left_out": left_out}


def markdown(found: Mapping[str, Any]) -> str:
    """The tables as Markdown, for README.md: the same for the same data and strategies, on any machine.

    Decision times are left out, since they are a machine's own.
    """
    effort = [{k: v for k, v in row.items() if k != "decision us"} for row in tables.effort(found)]
    parts = [tables.markdown(tables.standing(found)), tables.markdown(tables.gains(found)), tables.markdown(effort)]
    if two := tables.two_models(found):
        parts.insert(2, tables.markdown(two))
    for label, rows in tables.cascades(found):
        parts.append(f"`{label}`, beside the best single model:\n\n{tables.markdown(rows)}")
    left_out = [f"`{name}` is not in the table: {reason}." for name, reason in found["left_out"].items()]
    said = [*tables.notes(found), f"Data `{found['data']['key']}`.", *left_out]
    return "\n\n".join([*parts, " ".join(said)]) + "\n"
