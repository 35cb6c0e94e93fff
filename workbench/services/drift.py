"""Quality drift: each strategy's votes, graded answers and judge scores, each by themselves, in every category and over all, watched for
a change of their mean. Never mixed: an answer is worth a half by votes and .9 by a judge without anything having changed.

The first answers of a stream are its baseline; after a change the next ones are. A change is found by metrics/drift.py, which
takes a baseline as known. Ours is a mean of so many answers, and a hundred of them can be off by a tenth: so falls are looked for
below the lower end of its interval and rises above the upper one, or every steady stream would be called sooner or later.
Measured by `workbench bench drift` on 30 streams of 10,000 answers at quality .8: 0.8 false alarms in 10,000 answers, as few as where the
baseline is known (a baseline taken as it is gives 4.1, and calls 90 % of steady streams). A fall to .7 is called after 232 answers in the
median, 2,620 at 95 %, where a known baseline takes 128 and 321; 2 % of falls are not called within 5,000 answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from math import sqrt
from typing import Any

from workbench.metrics.drift import Watch, baseline_of
from workbench.store import Store
from workbench.store.drifts import Drift, drift_row, graded

Row = Mapping[str, Any]
BASE = 200
"""Answers that a baseline is made of."""
ERRORS = 1.0
"""Standard errors of a baseline by which a change must at least go beyond it: none cries wolf, two miss real falls."""
LATE = 100
"""Answers whose mean is told as the new level, at most."""


async def look(store: Store, now: Callable[[], datetime]) -> None:
    """Write what has changed into the store, each change once."""
    rows = await graded(store)
    await store.append([drift_row(found, now()) for stream in streams(rows).values() for found in changes(stream)])


def streams(rows: Sequence[Row]) -> dict[tuple[str, str, str], list[Row]]:
    """The rows of each strategy, category and evidence, and of each strategy and evidence ("" as category), in their order."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        for category in {row["category"], ""}:
            key = row["strategy"], category, row["evidence"]
            found.setdefault(key, []).append({**row, "category": category})
    return dict(sorted(found.items()))


def changes(stream: Sequence[Row]) -> Iterator[Drift]:
    """Every change in one stream, in order."""
    start = 0
    while (begin := start + BASE) < len(stream):
        baseline = baseline_of(row["quality"] for row in stream[start:begin])
        found = noticed([row["quality"] for row in stream[begin:]], baseline)
        if found is None:
            return
        n, direction = found
        last, late = stream[begin + n - 1], [row["quality"] for row in stream[begin + max(0, n - LATE) : begin + n]]
        who = (last["strategy"], last["category"], direction)
        yield Drift(*who, baseline, sum(late) / len(late), n, last["id"], last["graded_at"], last["evidence"])
        start = begin + n


def noticed(values: Sequence[float], baseline: float, errors: float = ERRORS) -> tuple[int, str] | None:
    """After how many values which change is called, if any, where the baseline is a mean of BASE answers."""
    margin = errors * sqrt(baseline * (1 - baseline) / BASE)  # values from 0 to 1 vary no more than 0s and 1s
    ends = {"down": baseline - margin, "up": baseline + margin}
    watches = {name: Watch(end) for name, end in ends.items() if 0 < end < 1}
    for n, value in enumerate(values, 1):
        for direction, watch in watches.items():
            watch.add(value)
            if watch.called_for(direction):
                return n, direction
    return None


def told(found: Row) -> str:
    """One change in a sentence."""
    went = "fell" if found["direction"] == "down" else "rose"
    where = f" in {found['category']}" if found["category"] else ""
    where += f", by {found['evidence']}," if found["evidence"] else ""
    return (
        f"Quality of {found['strategy']}{where} {went} from {found['baseline']:.2f} to about {found['level']:.2f} "
        f"(noticed {str(found['last_at'])[:16].replace('T', ' ')} UTC, {found['n']:,} answers after its baseline)."
    )
