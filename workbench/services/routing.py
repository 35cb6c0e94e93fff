"""How each strategy spread its prompts over models, or over the classes it knows, as time went by: shares of its stored runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Any, get_args

from workbench.errors import BadInput
from workbench.metrics.correction import each
from workbench.metrics.proportion import difference, wilson
from workbench.store.history import Filter
from workbench.store.routing import STEPS, By, Every, counted, ran
from workbench.store.runs import Found, Reads

MOST = 400
"""Steps of time that are told apart at most."""
AUTO = 62
"""Steps that are not more than this unless a finer step is asked for."""
PANELS = 12
"""Strategies that are drawn when none is asked for: the most used ones."""
FEWEST = 20
"""Runs that each half of the span must have before a change between them is told."""
LENGTHS: Mapping[Every, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=28),
}
"""The least length of a step."""
KINDS = ("abstained", "randomised", "failed")
"""What is counted of the runs beside where they went: not told apart by the strategy, drawn by chance, ended in an error."""


async def spread(store: Reads, wanted: Filter, by: str = "model", every: str = "") -> dict[str, Any]:
    """{by, every, steps, strategies, panels}: counts by step, and shares over the span with their intervals.

    `by` is model or label (a strategy's classes); an empty `every` chooses the step. Raises BadInput for others, and for
    a step that is too fine for the span.
    """
    if by not in get_args(By):
        raise BadInput(f"runs are spread by model or by label, not by {by!r:.40}")
    if every and every not in STEPS:
        raise BadInput(f"a step is one of {', '.join(STEPS)}, not {every!r:.40}")
    everyone = await ran(store, replace(wanted, strategy=""))
    chosen = [one for one in everyone if wanted.strategy in ("", one["strategy"])][:PANELS]
    found: dict[str, Any] = {"by": by, "every": every or "day", "steps": [], "panels": []}
    found["strategies"] = [{"name": one["strategy"], "runs": one["runs"]} for one in everyone]
    if not chosen:
        return found
    first, last = min(_time(one["first"]) for one in chosen), max(_time(one["last"]) for one in chosen)
    step = _step(every, last - first)
    steps = list(_steps(step, first, last))
    rows = await counted(store, wanted, [one["strategy"] for one in chosen], by, step)  # type: ignore[arg-type]  # checked before
    panels = [_panel(one["strategy"], rows, steps) for one in chosen]
    return found | {"every": step, "steps": [at.isoformat() for at in steps], "panels": panels}


def _step(every: str, span: timedelta) -> Every:
    """What was asked for, else the finest that makes no more than AUTO steps. Raises BadInput."""
    most = MOST if every else AUTO
    for step in STEPS:
        if every in ("", step) and (span / LENGTHS[step] < most or step == STEPS[-1]):
            return step
    raise BadInput(
        f"{span.days:,} days are too many to tell every {every} apart: choose a coarser step, or narrow the days down"
    )


def _steps(every: Every, first: datetime, last: datetime) -> Iterator[datetime]:
    """Every step's beginning, those without runs too."""
    at = first.replace(minute=0, second=0, microsecond=0)
    if every != "hour":
        at = at.replace(hour=0)
    if every == "week":
        at -= timedelta(days=at.weekday())
    if every == "month":
        at = at.replace(day=1)
    while at <= last:
        yield at
        at += LENGTHS[every]
        if every == "month":
            at = (at + timedelta(days=4)).replace(day=1)


def _panel(strategy: str, rows: Sequence[Found], steps: Sequence[datetime]) -> dict[str, Any]:
    """One strategy: its parts, the most common first, and what they add up to."""
    place = {at: i for i, at in enumerate(steps)}
    counts: dict[str | None, list[int]] = {}
    sums = {name: [0] * len(steps) for name in ("runs", *KINDS)}
    for row in rows:
        if row["strategy"] == strategy:
            at = place[_time(row["step"])]
            counts.setdefault(row["part"], [0] * len(steps))[at] += row["runs"]
            for name, values in sums.items():
                values[at] += row[name]
    total = sum(sums["runs"])
    order = sorted(counts, key=lambda part: (not part, part is None, -sum(counts[part]), part or ""))
    parts = [{"name": part, "counts": counts[part], "share": _share(sum(counts[part]), total)} for part in order]
    shares = {name: _share(sum(sums[name]), total) for name in KINDS}
    found = {"strategy": strategy, "runs": total, "parts": parts, "at": sums, "shares": shares}
    return found | _compared(parts, sums["runs"])


def _share(n: int, of: int) -> dict[str, float]:
    """{n, value, low, high}: Wilson's 95 % interval."""
    low, high = wilson(n, of)
    return {"n": n, "value": n / of if of else 0.0, "low": low, "high": high}


def _compared(parts: Sequence[Mapping[str, Any]], runs: Sequence[int]) -> dict[str, Any]:
    """{compared, change}: the part whose share differs most between the halves of the span, if more than chance explains.

    The level holds for all parts together, were every run a draw of its own.
    """
    middle = len(runs) // 2
    early, late = sum(runs[:middle]), sum(runs[middle:])
    if min(early, late) < FEWEST:
        return {"compared": False, "change": None}
    z = NormalDist().inv_cdf(1 - each(0.05, len(parts)) / 2)
    found = []
    for part in parts:
        before, after = (sum(part["counts"][:middle]), early), (sum(part["counts"][middle:]), late)
        low, high = difference(before, after, z)
        if part["name"] and (low > 0 or high < 0):
            found.append({"name": part["name"], "before": _share(*before), "after": _share(*after)})
    change = max(found, key=lambda one: abs(one["after"]["value"] - one["before"]["value"]), default=None)
    return {"compared": True, "change": change}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
