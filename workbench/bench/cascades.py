"""Cascades on the workbench's own recorded outcomes: what the learned acceptor adds to bare confidence, and what a budget buys.

Every figure is out of fold (5, by prompt), all calls paid, with its 95 % interval by prompt.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from workbench import embed, outcomes
from workbench.cascading import Answers, Stepwise
from workbench.errors import BadInput
from workbench.metrics import bootstrap, frontier, pgr
from workbench.metrics.hull import at, hull
from workbench.recorded import Floats, Recorded
from workbench.services.folds import folds
from workbench.services.replay import Entrant, Sweep, Track, track
from workbench.services.specs import registry
from workbench.settings import Settings

WAYS = {
    "naive threshold": Entrant("cascade", {"acceptor": "naive"}, Sweep("threshold", -3.0, 0.0, 31)),
    "learned": Entrant("cascade", {"acceptor": "learned"}),
    "cascade_routing": Entrant("cascade_routing"),
}
BUDGETS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Shares of the strong model's cost."""
RESAMPLES = 300


def measure(environ: Mapping[str, str], data: str = "reasoning") -> dict[str, Any]:
    """On our own outcomes; the agreement of samples on those of hosted models, where they are at hand."""
    from . import samples

    with TemporaryDirectory() as home:
        settings = Settings.from_env({**environ, "WORKBENCH_HOME": str(Path(home))})
        embed.use(embed.cached(settings.cache))
        own = figures(outcomes.load(data, settings.home).recorded())
        there = samples.measure() if samples.SHARED.is_file() else f"not measured: no samples in {samples.SHARED}"
        return own | {"agreement of samples": there}


def figures(recorded: Recorded) -> dict[str, Any]:
    """Of two models or more, all of them scored on every prompt."""
    parts = folds(recorded, 5)
    tracks = {name: track(registry(), entrant, recorded, parts) for name, entrant in WAYS.items()}
    drawn = bootstrap.weights(len(recorded), RESAMPLES)
    found: dict[str, Any] = {"prompts": len(recorded), "models": ", ".join(recorded.ids)}
    found["APGR by strong calls"] = _recovered(recorded, drawn)
    low, high = (float(f(recorded.cost.mean(axis=0))) for f in (np.min, np.max))
    zero = frontier.zero_router(recorded.cost.mean(axis=0), recorded.quality.mean(axis=0))
    found["AIQ"] = {"zero router": f"{frontier.aiq(*zero, low, high):.4f}"} | {
        name: _aiq(one, low, high, drawn) for name, one in tracks.items()
    }
    found["least above the zero router"] = {name: _above(one, zero) for name, one in tracks.items()}
    found["cost of 1,000 prompts, and what it buys"] = _bought(recorded, parts, drawn)
    return found


def _recovered(recorded: Recorded, drawn: bootstrap.Weights) -> dict[str, str]:
    """Strong calls given to the drafts that are least sure, and to those that gain most by the acceptor; weak calls free."""
    if len(recorded.ids) != 2:
        return {}
    weak, strong = recorded.quality.T
    wanted = {"bare confidence": -np.nan_to_num(recorded.logprob[:, 0], nan=-99.0), "learned": gains(recorded)}
    return {name: _apgr(values, weak, strong, drawn) for name, values in wanted.items()}


def gains(recorded: Recorded) -> Floats:
    """(n,): what the strong model is expected to add to the cheap one's draft, each prompt judged by the other folds."""
    out = np.full(len(recorded), np.nan)
    for train, test in folds(recorded, 5):
        strategy = registry().build("cascade", {"acceptor": "learned"})
        assert isinstance(strategy, Stepwise)
        strategy.fit(recorded.take(train))
        held = recorded.take(test)
        (quality,) = strategy.survey(held.prompts, Answers.of(held)).expected
        out[test] = quality[:, 1] - quality[:, 0]
    return out


def _apgr(wanted: Floats, weak: Floats, strong: Floats, drawn: bootstrap.Weights) -> str:
    try:
        value = pgr.apgr(pgr.recovered(wanted, weak, strong))
    except BadInput as refusal:
        return str(refusal)
    draws = []
    for row in drawn:
        rows = np.repeat(np.arange(len(row)), row.astype(int))
        draws.append(pgr.apgr(pgr.recovered(wanted[rows], weak[rows], strong[rows])))
    return _said(bootstrap.interval(value, np.array(draws)), "")


def _aiq(one: Track, low: float, high: float, drawn: bootstrap.Weights) -> str:
    """Settings chosen on half of the prompts and judged on the others."""
    honest = frontier.honest_aiq(one.cost, one.quality, low, high)
    costs, qualities = bootstrap.means(one.cost, drawn), bootstrap.means(one.quality, drawn)
    draws = bootstrap.curve(costs, qualities, lambda c, q: frontier.aiq(c, q, low, high))
    return _said(bootstrap.interval(honest, draws - draws.mean() + honest), "")


def _above(one: Track, zero: tuple[Floats, Floats]) -> str:
    """The setting that is lowest against mixing single models at its cost, and how the whole hull stands."""
    cost, quality = one.cost.mean(axis=1), one.quality.mean(axis=1)
    mixed = at(np.maximum(cost, zero[0][0]), *zero)
    grid = np.linspace(max(zero[0][0], hull(cost, quality)[0][0]), zero[0][-1], 50)
    over = at(grid, *hull(cost, quality)) - at(grid, *zero)
    return f"a setting {float((quality - mixed).min()):+.4f}, the hull {float(over.min()):+.4f}"


def _bought(recorded: Recorded, parts: Any, drawn: bootstrap.Weights) -> dict[str, str]:
    """FrugalGPT's table: budgets given, what was spent and reached, and the saving and loss against the last model alone."""
    last = int(recorded.cost.mean(axis=0).argmax())
    alone = float(recorded.cost[:, last].mean())
    made = {}
    for share in BUDGETS:
        usd = 1000 * share * alone
        given = {"acceptor": "learned", "aim": "budget", "budget": usd}
        one = track(registry(), Entrant("cascade", given, Sweep("budget", usd, usd, 1)), recorded, parts)
        quality, cost = one.quality[0], one.cost[0]
        lost = bootstrap.mean(quality - recorded.quality[:, last], drawn)
        made[f"{share:.0%} of {recorded.ids[last]}"] = (
            f"spent {cost.mean() / alone:.0%}, quality {quality.mean():.3f}, against it alone {_said(lost, '+')}, "
            f"{one.calls[0].mean():.2f} calls"
        )
    return made


def _said(estimate: Any, sign: str) -> str:
    return f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"
