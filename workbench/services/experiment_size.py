"""How many prompts an experiment needs to see a difference, and what they cost: from a pilot data set, or from stated numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from workbench.errors import BadInput
from workbench.metrics.betting import ALPHA
from workbench.metrics.correction import each
from workbench.metrics.planner import SLACK, sample_size
from workbench.settings import Settings

from .benchmark import Request, judge
from .experiment import drawn_shares
from .gate import settled
from .replay import Report, silent
from .specs import registry


@dataclass(frozen=True)
class Pilot:
    """What is known or supposed of one prompt."""

    sd_difference: float
    """Standard deviation of the difference of two qualities on one prompt."""
    sd: float
    """Standard deviation of one quality."""
    costs: Sequence[float]
    """USD a prompt, of each strategy."""
    source: str


def stated(sd: float, costs: Sequence[float]) -> Pilot:
    """From numbers. Independent qualities with this deviation of their difference deviate by its root of a half each."""
    if not 0 < sd <= 1:
        raise BadInput(f"the standard deviation of a difference of two qualities is above 0 and at most 1, not {sd:g}")
    return Pilot(sd, min(0.5, sd / sqrt(2)), costs, "stated numbers")


def piloted(request: Request, settings: Settings, report: Report = silent) -> Pilot:
    """From a replay of the strategies over recorded outcomes, each at one setting. Raises BadInput for fewer than two."""
    if len(request.entrants) < 2:
        raise BadInput("a pilot needs two strategies or more: the first is the one that the others are held against")
    single = [settled(registry(), entrant) for entrant in request.entrants]
    found = judge(Request(request.data, single, request.folds, request.seed, request.models), settings, report)
    quality = np.array([track.quality[0] for track in found.tracks])
    spread = float((quality[1:] - quality[0]).std(axis=1, ddof=1).max())
    if not spread:
        raise BadInput(
            "these strategies do equally well on every prompt of this data set: it tells nothing of how they vary; state --sd instead"
        )
    costs = [float(track.cost[0].mean()) for track in found.tracks]
    return Pilot(
        spread, float(quality.std(axis=1, ddof=1).max()), costs, f"{found.data.name}, {quality.shape[1]:,} prompts"
    )


def sized(pilot: Pilot, difference: float, power: float, assign: str, shares: Sequence[float] = ()) -> dict[str, Any]:
    """Prompts and USD to see a mean difference of quality. Intervals of several strategies hold together (Bonferroni).

    Assigned, the betting transform has a mean of min(p, 1 - p) x difference and a deviation of sqrt(p (1 - p)) sd / max(p, 1 - p), where
    p is the share of one of the two arms. Raises BadInput.
    """
    if not 0 < difference <= 1:
        raise BadInput(
            f"the smallest difference worth seeing is above 0 and at most 1 (0.05 is 5 points), not {difference:g}"
        )
    if not min(SLACK) <= power <= max(SLACK):
        raise BadInput(f"a power from {min(SLACK):g} to {max(SLACK):g} can be planned for, not {power:g}")
    k = max(2, len(pilot.costs) or len(shares))
    alpha = each(ALPHA, k - 1)
    if assign == "paired":
        size, each_cost = sample_size(difference, pilot.sd_difference, power, alpha), sum(pilot.costs)
        anytime, fixed = size.anytime, size.fixed
    else:
        parts = drawn_shares(shares, k)
        anytime, fixed = _assigned(pilot, difference, power, alpha, parts)
        each_cost = sum(cost * part for cost, part in zip(pilot.costs, parts, strict=False))
    return {
        "difference": difference,
        "power": power,
        "alpha": alpha,
        "assign": assign,
        "strategies": k,
        "sd": pilot.sd_difference if assign == "paired" else pilot.sd,
        "source": pilot.source,
        "prompts": anytime,
        "prompts_fixed": fixed,
        "usd_a_prompt": each_cost,
        "usd": anytime * each_cost,
    }


def _assigned(pilot: Pilot, difference: float, power: float, alpha: float, shares: Sequence[float]) -> tuple[int, int]:
    """Prompts over all arms, for the arm that needs most."""
    found = []
    for share in shares[1:]:
        two = share + shares[0]
        p = share / two
        size = sample_size(min(p, 1 - p) * difference, sqrt(p * (1 - p)) * pilot.sd / max(p, 1 - p), power, alpha)
        found.append((int(size.anytime / two) + 1, int(size.fixed / two) + 1))
    return max(anytime for anytime, _ in found), max(fixed for _, fixed in found)


def told(made: dict[str, Any]) -> str:
    """The plan in a sentence."""
    how = (
        "answered by every strategy"
        if made["assign"] == "paired"
        else f"each answered by one strategy, drawn by {made['assign']}"
    )
    cost = f", about ${made['usd']:.2f}" if made["usd"] else ""
    return (
        f"To see {100 * made['difference']:g} points with {made['power']:.0%} power: about {made['prompts']:,} prompts {how}{cost}. "
        f"The usual test, looked at once, needs {made['prompts_fixed']:,}; this one may be looked at any time. "
        f"(Standard deviation {made['sd']:.3f} from {made['source']}.)"
    )
