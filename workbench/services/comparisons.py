"""Strategies of an experiment held against its first: differences of quality with intervals that hold at any time you look.

Paired, the observation is a prompt's difference of two qualities; where users asked several, a finished user's mean of them.
Assigned, it is the betting transform of two arms that share no prompt (metrics/betting.unpaired), of prompts or finished users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics import betting
from workbench.metrics.correction import e_bh, each, holm
from workbench.metrics.estimate import Estimate
from workbench.metrics.planner import more_needed

Floats = NDArray[np.float64]
LOOKS = 60
"""Points of a path: an interval is drawn at so many counts, evenly spread."""
FEWEST = 2


@dataclass(frozen=True)
class Setup:
    """What of an experiment decides how it is analysed."""

    labels: Sequence[str]
    shares: Sequence[float]
    assign: str
    clustered: bool
    alpha: float
    complete: bool
    """Every case is answered, so the last user has finished too."""

    @property
    def by_user(self) -> bool:
        return self.assign == "user" or (self.assign == "paired" and self.clustered)

    @property
    def observation(self) -> str:
        return "user" if self.by_user else "prompt"


@dataclass(frozen=True)
class Series:
    """Observations of one comparison in order. A mean of them times `scale` is the difference of qualities."""

    values: Floats
    scale: float
    difference: float
    """Of the two means as they are."""


def units(setup: Setup, rows: Sequence[Mapping[str, Any]], figure: str = "quality") -> list[dict[int, float]]:
    """What each independent unit shows, in order: mean quality (or another figure) by arm. Unfinished users wait."""
    grouped: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["unit"] if setup.by_user else row["n"], []).append(row)
    groups = list(grouped.values())
    if setup.by_user and groups and not setup.complete:
        groups.pop()
    return [_means(group, figure) for group in groups]


def _means(rows: Sequence[Mapping[str, Any]], figure: str) -> dict[int, float]:
    arms = sorted({row["arm"] for row in rows})
    return {arm: float(np.mean([row[figure] for row in rows if row["arm"] == arm])) for arm in arms}


def series(setup: Setup, seen: Sequence[Mapping[int, float]], arm: int) -> Series:
    """The observations that tell an arm from the first one."""
    if setup.assign == "paired":
        gaps = np.array([one[arm] - one[0] for one in seen])
        return Series(gaps, 1.0, float(gaps.mean()) if len(gaps) else 0.0)
    either = [(next(iter(one)), next(iter(one.values()))) for one in seen if one.keys() & {0, arm}]
    treated = np.array([which == arm for which, _ in either], dtype=bool)
    outcome = np.array([quality for _, quality in either])
    share = setup.shares[arm] / (setup.shares[arm] + setup.shares[0])
    made = betting.unpaired(treated, outcome, share)
    both = treated.any() and not treated.all()
    difference = float(outcome[treated].mean() - outcome[~treated].mean()) if both else 0.0
    return Series(made, 1 / min(share, 1 - share), difference)


def compared(setup: Setup, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each arm but the first against it. All intervals hold together (Bonferroni); `shown` by Holm over anytime p-values, and
    `shown_fdr` by e-BH over the e-values at the last look."""
    seen = units(setup, rows)
    count = len(setup.labels) - 1
    found = [_one(setup, series(setup, seen, arm), arm, each(setup.alpha, count)) for arm in range(1, count + 1)]
    shown = holm([one["p_value"] for one in found], setup.alpha)
    fdr = e_bh([one["e_value"] for one in found], setup.alpha)
    return [one | {"shown": s, "shown_fdr": f} for one, s, f in zip(found, shown, fdr, strict=True)]


def _one(setup: Setup, given: Series, arm: int, alpha: float) -> dict[str, Any]:
    n = len(given.values)
    path = betting.path(given.values, looks(n), alpha)
    last = path[-1] if path else betting.Look(0, Estimate(0.0, -1.0, 1.0), 0.0)
    top = max([0.0, *(look.log_e for look in path)])
    spread = scaled(last.estimate, given.scale)
    return {
        "base": setup.labels[0],
        "strategy": setup.labels[arm],
        "arm": arm,
        "n": n,
        "difference": {"value": given.difference, "low": spread.low, "high": spread.high},
        "e_value": exp(min(700.0, last.log_e)),
        "p_value": min(1.0, exp(-top)),
        "more": more_needed(given.values, 0.0, alpha) if n >= FEWEST else None,
        "path": [_look(look, given.scale) for look in path],
    }


def looks(n: int) -> list[int]:
    """At most so many counts up to n, evenly spread, the last one n."""
    return sorted({round(n * i / LOOKS) for i in range(1, LOOKS + 1)} - {0}) if n > LOOKS else list(range(1, n + 1))


def scaled(estimate: Estimate, scale: float) -> Estimate:
    """In the unit of quality, within what differences of qualities can be."""
    value, low, high = (min(1.0, max(-1.0, scale * x)) for x in (estimate.value, estimate.low, estimate.high))
    return Estimate(value, low, high)


def _look(look: betting.Look, scale: float) -> dict[str, float]:
    return {"n": look.n, **scaled(look.estimate, scale).as_json()}
