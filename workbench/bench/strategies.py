"""The table of all strategies on the workbench's own recorded outcomes: time to decide, quality and cost, beside the reference lines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.bench import decisions
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
    """The document of a replay of every strategy, without its columns by prompt; `left_out` says which could not be replayed.

    `decisions`: what routers take to decide, as `decisions.medians` has it.
    """
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.from_env({**environ, "WORKBENCH_HOME": str(Path(home))})
        judged, left_out = contest(request(), settings)
        found = describe(judged)
    curves = [{k: v for k, v in c.items() if k != "choices"} for c in found["curves"]]
    kept = {k: v for k, v in found.items() if k not in PACKED}
    return kept | {"curves": curves, "left_out": left_out, "decisions": decisions.medians(environ)}


def markdown(found: Mapping[str, Any]) -> str:
    """The tables as Markdown, the first for README.md. All but the times are the same for the same data and strategies."""
    effort = [{k: v for k, v in row.items() if k != "decision us"} for row in tables.effort(found)]
    parts = [
        tables.markdown(summary(found)),
        tables.markdown(tables.standing(found)),
        tables.markdown(tables.gains(found)),
    ]
    if two := tables.two_models(found):
        parts.append(tables.markdown(two))
    parts.append(tables.markdown(effort))
    for label, rows in tables.cascades(found):
        parts.append(f"`{label}`, beside the best single model:\n\n{tables.markdown(rows)}")
    left_out = [f"`{name}` is not in the table: {reason}." for name, reason in found["left_out"].items()]
    new = f"{found['decisions']['embed_ms']:.1f} ms"
    times = f"Times to decide: median microseconds on one thread, for a prompt whose vector is known (a new one is embedded first, {new}); "
    times += "strategies without a time decide while they ask."
    said = [*tables.notes(found), times, f"Data `{found['data']['key']}`.", *left_out]
    return "\n\n".join([*parts, " ".join(said)]) + "\n"


def summary(found: Mapping[str, Any]) -> list[tables.Row]:
    """Every strategy at its best point, with its time to decide, then the reference lines."""
    known = found["decisions"]["known_us"]
    return [_with_time(row, known.get(row["strategy"])) for row in tables.standing(found)]


def _with_time(row: tables.Row, us: float | None) -> tables.Row:
    figures = {name: row[name] for name in ("quality", "$ / 1k", "AIQ")}
    return {"strategy": row["strategy"], "decides in us": "" if us is None else f"{us:.0f}", **figures}
