"""The figures of one strategy in a replay, each with its 95 % interval by prompt. Costs are USD per 1,000 prompts.

AIQ, arena score, best quality, regret, what is saved and gained, and the height above mixing are read with settings chosen on half of
the prompts and judged on the other half; the interval is the spread of the plain figure over resamples of the prompts, moved there.
The optimal choices are of the one setting that is best on these very prompts. What a curve never reaches is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from workbench.errors import BadInput
from workbench.metrics import arena, bootstrap, frontier, matched, pgr, proportion, reference
from workbench.metrics.hull import at, hull
from workbench.recorded import Floats

from .judged import PER, Judged, best_setting

TARGETS = (50, 80, 95)
Figure = Mapping[str, float | None]


class Figures:
    """All figures of one track of a replay."""

    def __init__(self, judged: Judged, index: int) -> None:
        self.judged, self.index, self.track = judged, index, judged.tracks[index]
        self.best = best_setting(self.track)
        self._draws = judged.resampled[index]

    def as_json(self) -> dict[str, Any]:
        return {
            "aiq": self.aiq(),
            "aiq_gain": self.aiq_gain(),
            "hypervolume": self.hypervolume(),
            **self.two_models(),
            "arena": self.arena(),
            **self.optimal(),
            "robustness": self.robustness(),
            "regret": self.regret(),
            "gap_closed": self.gap_closed(),
            **self.at_best(),
            **self.matched(),
            "above_zero_router": self.above_zero_router(),
        }

    @cached_property
    def _means(self) -> tuple[Floats, Floats]:
        """Mean cost (USD per prompt) and mean quality of each setting."""
        return self.track.cost.mean(axis=1), self.track.quality.mean(axis=1)

    @cached_property
    def _halved(self) -> tuple[frontier.Halved, frontier.Halved]:
        """The same over the halves of the prompts."""
        seed = self.judged.seed
        return bootstrap.half_means(self.track.cost, seed), bootstrap.half_means(self.track.quality, seed)

    @property
    def _curved(self) -> bool:
        low, high = self.judged.range
        return len(self.track.quality) > 1 and high > low

    @cached_property
    def _honest_aiq(self) -> float:
        return float(np.mean([frontier.area(*xy, *self.judged.range) for xy in frontier.chosen_curves(*self._halved)]))

    def aiq(self) -> Figure | None:
        """Average improvement in quality; `plain` is that of the hull as it is."""
        if not self._curved:
            return None
        plain = frontier.aiq(*self._means, *self.judged.range)
        return moved(self._honest_aiq, self.judged.aiqs[self.index]) | {"plain": plain}

    def aiq_gain(self) -> Figure | None:
        """AIQ above that of mixing single models, paired by prompt: what routing adds. Below 0 it is worse than no router."""
        if not self._curved:
            return None
        judged = self.judged
        mixed = frontier.honest_aiq(judged.recorded.cost.T, judged.recorded.quality.T, *judged.range, judged.seed)
        return moved(self._honest_aiq - mixed, judged.aiqs[self.index] - judged.zero_router_aiqs)

    def hypervolume(self) -> Figure | None:
        """What the points dominate, of the rectangle from cost 0 to the dearest single model's and quality 0 to 1."""
        worst = self.judged.range[1]
        if not worst:
            return None

        def share(cost: Floats, quality: Floats) -> float:
            return frontier.hypervolume(cost, quality, worst) / worst

        return bootstrap.interval(
            share(*self._means), bootstrap.curve(self._draws.cost, self._draws.quality, share)
        ).as_json()

    def two_models(self) -> dict[str, Any]:
        """APGR and CPT where they are defined: two models, and a prediction for each. The strong one is the better."""
        recorded, predicted = self.judged.recorded, self.track.predicted
        if predicted is None or len(recorded.ids) != 2:
            return {"apgr": None, "cpt": None}
        weak, strong = np.argsort(recorded.quality.mean(axis=0), kind="stable").tolist()
        given = (predicted[:, strong] - predicted[:, weak], recorded.quality[:, weak], recorded.quality[:, strong])
        try:
            found = pgr.recovered(*given)
        except BadInput as refusal:
            return {"apgr": None, "cpt": None, "note": str(refusal)}
        draws = pgr.resampled(*given, self.judged.drawn, [t / 100 for t in TARGETS])
        return {
            "apgr": bootstrap.interval(pgr.apgr(found), draws.apgr).as_json(),
            "cpt": {str(t): _first(pgr.cpt(found, t / 100), draws.cpt[t / 100]) for t in TARGETS},
        }

    def arena(self) -> Figure:
        """RouterArena's score at the setting with the largest one; `at` says which."""
        costs, qualities = self._means
        scores = arena.scores(qualities, PER * costs)
        top = int(scores.argmax())
        (tune_cost, test_cost), (tune_quality, test_quality) = self._halved
        found = [
            arena.scores(quality, PER * cost)[arena.scores(tuned, PER * tuned_cost).argmax()]
            for tuned_cost, cost, tuned, quality in zip(tune_cost, test_cost, tune_quality, test_quality, strict=True)
        ]
        draws = arena.scores(self._draws.quality[:, top], PER * self._draws.cost[:, top])
        return moved(float(np.mean(found)), draws) | {"at": float(top), "plain": float(scores[top])}

    def optimal(self) -> dict[str, Figure | None]:
        """RouterArena's ratios at the best point: how often, and how cheaply, the best choice was made."""
        recorded, chosen = self.judged.recorded, self.track.choices[self.best]
        quality, cost = recorded.quality, recorded.cost
        ratios = {
            "optimal_selection": arena.optimal_selection(chosen, quality, cost),
            "optimal_cost": arena.optimal_cost(self.track.cost[self.best], chosen, quality, cost),
            "optimal_accuracy": arena.optimal_accuracy(self.track.quality[self.best], quality),
        }
        found = {name: bootstrap.ratio(r.over, r.under, self.judged.drawn) for name, r in ratios.items()}
        return {name: estimate.as_json() if estimate else None for name, estimate in found.items()}

    def robustness(self) -> Figure | None:
        """Share of choices that stay when the prompt is put in other words, of the prompts that this was tried on."""
        stayed = self.track.stayed
        if not len(stayed):
            return None
        low, high = proportion.wilson(int(stayed.sum()), len(stayed))
        return {"value": float(stayed.mean()), "low": low, "high": high, "tried": float(len(stayed))}

    @cached_property
    def _best_of_halves(self) -> list[int]:
        """The setting with the best quality on each half to choose on, the cheapest of equals."""
        (tune_cost, _), (tune_quality, _) = self._halved
        return [int(np.lexsort((c, -q))[0]) for c, q in zip(tune_cost, tune_quality, strict=True)]

    def _best(self, which: int) -> float:
        """Mean cost (0) or quality (1) of the setting with the best quality; where there is a choice, on the other half."""
        plain = float(self._means[which][self.best])
        if len(self.track.quality) == 1:
            return plain
        chosen = self._best_of_halves
        return float(self._halved[which][1][np.arange(len(chosen)), chosen].mean())

    def at_best(self) -> dict[str, Figure]:
        """Quality, and its cost, of the setting with the best quality."""
        return {
            "best_quality": moved(self._best(1), self._draws.quality[:, self.best]),
            "best_cost": moved(PER * self._best(0), PER * self._draws.cost[:, self.best]),
        }

    def regret(self) -> Figure:
        """Gap to the oracle at the best setting: quality that the best model for each prompt would have added."""
        quality = self.judged.recorded.quality
        lost = reference.regret(self.track.quality[self.best], quality)
        draws = bootstrap.means(lost[None], self.judged.drawn)[:, 0]
        gap = moved(float(quality.max(axis=1).mean()) - self._best(1), draws)
        return {end: max(0.0, value) for end, value in gap.items()}  # nothing beats the oracle

    def gap_closed(self) -> Figure | None:
        """Share of the way from the best single model to the oracle, at the best setting."""
        judged, best = self.judged, self.judged.best_model
        single, top = judged.recorded.quality[:, best], judged.recorded.quality.max(axis=1)
        found = bootstrap.ratio(self.track.quality[self.best] - single, top - single, judged.drawn)
        if not found:
            return None
        optimism = (float(self._means[1][self.best]) - self._best(1)) / float((top - single).mean())
        return {end: value - optimism for end, value in found.as_json().items()}

    def matched(self) -> dict[str, Figure | None]:
        """Against the best single model: cost saved at its quality, quality gained at its cost, cost of 99 % of its quality."""
        judged, best = self.judged, self.judged.best_model
        cost, quality = judged.recorded.cost[:, best], judged.recorded.quality[:, best]
        value = matched.honest(self.track.cost, self.track.quality, cost, quality, judged.seed)
        plain = matched.plain(*self._means, float(cost.mean()), float(quality.mean()))
        singles = zip(judged.singles.cost[:, best].tolist(), judged.singles.quality[:, best].tolist(), strict=True)
        curves = zip(self._draws.cost, self._draws.quality, strict=True)
        draws = [matched.plain(*curve, *single) for curve, single in zip(curves, singles, strict=True)]
        names = {
            "saved_at_best_single": ("saved", 1),
            "gained_at_same_cost": ("gained", 1),
            "cost_at_99": ("nearly", PER),
        }
        return {
            name: _reached(*(np.array([getattr(one, of) for one in ones]) * unit for ones in ([value], [plain], draws)))
            for name, (of, unit) in names.items()
        }

    def above_zero_router(self) -> Figure:
        """Quality above mixing single models at the same cost, at the best point."""
        judged = self.judged
        (_, test_cost), (_, test_quality) = self._halved
        chosen = self._best_of_halves
        (_, costs), (_, qualities) = (
            bootstrap.half_means(x.T, judged.seed) for x in (judged.recorded.cost, judged.recorded.quality)
        )
        rows = np.arange(len(chosen))
        value = _above(test_cost[rows, chosen], test_quality[rows, chosen], costs, qualities).mean()
        draws = _above(
            self._draws.cost[:, self.best],
            self._draws.quality[:, self.best],
            judged.singles.cost,
            judged.singles.quality,
        )
        return moved(float(value), draws)


def _above(cost: Floats, quality: Floats, singles_cost: Floats, singles_quality: Floats) -> Floats:
    """(r,): of each of r points, its height over the hull of its row of single models (r, m)."""
    found = []
    for c, q, x, y in zip(cost.tolist(), quality.tolist(), singles_cost, singles_quality, strict=True):
        corner_cost, corner_quality = hull(x, y)
        found.append(q - float(at(max(c, float(corner_cost[0])), corner_cost, corner_quality)))
    return np.array(found)


def moved(value: float, draws: Floats) -> dict[str, float]:
    """A value with the spread of a figure's resamples around their mean."""
    return bootstrap.interval(value, draws - np.nanmean(draws) + value).as_json()


def _first(value: float | None, draws: Floats) -> Figure | None:
    """A share of calls that may never be enough."""
    return None if value is None else {"value": value, **_ends(draws)}


def _reached(value: Floats, plain: Floats, draws: Floats) -> Figure | None:
    """An honest value with the spread of the plain one around it; None where it is never reached."""
    if not np.isfinite(value[0]):
        return None
    shift = value[0] - plain[0] if np.isfinite(plain[0]) else 0.0
    return {"value": float(value[0]), **_ends(draws + shift)}


def _ends(draws: Floats) -> Figure:
    """The middle 95 % of draws, of which some are infinitely far away: an end among these is None."""
    known = np.sort(draws[~np.isnan(draws)])
    if not len(known):
        return {"low": None, "high": None}
    out = int((1 - bootstrap.LEVEL) / 2 * len(known))
    low, high = float(known[out]), float(known[-1 - out])
    return {"low": low if np.isfinite(low) else None, "high": high if np.isfinite(high) else None}
