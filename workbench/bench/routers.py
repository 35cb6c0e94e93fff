"""How much learned routers gain over plain nearest neighbours and over single models, on recorded outcomes of hosted models.

Out-of-fold predictions of five folds by prompt, one recipe for all sets. Pairs: APGR, the ordering alone. Pools: AIQ over a
thousand lambdas, beside the zero router's. Of a hundred the hull is .0005 to .001 lower, since it picks the luckiest of fewer; chosen on
one half of the prompts and judged on the other, where luck is of no use, both are the same. Gains over kNN are paired: the same 300
resamples of the prompts for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workbench import embed, outcomes
from workbench.errors import BadInput
from workbench.metrics import bootstrap, frontier, pgr
from workbench.metrics.hull import corners
from workbench.recorded import Floats, Recorded
from workbench.services.folds import folds
from workbench.services.replay import LAMBDA, Entrant, Sweep, Track, track
from workbench.services.specs import registry
from workbench.settings import Settings

SHARED = Path(__file__).parents[3] / "shared" / "datasets"
BASE, NAMES = "knn", ("knn", "regression", "cluster", "factor", "rating")
RESAMPLES, FOLDS = 300, 5
SWEEP = Sweep(LAMBDA, 0.0, 1.0, 1001)
EVAL = "eval"
RB, ZEL = "routerbench_sub", "zellinger_cascades"
PAIRS = {
    "gsm8k": ("routellm_gsm8k", None),
    "mtbench": ("routellm_mtbench", None),
    "routerbench": (RB, ("mistralai/mixtral-8x7b-chat", "gpt-4-1106-preview")),
    "zellinger 4o": (ZEL, ("llama3.1-8b", "gpt-4o")),
    "zellinger 405b": (ZEL, ("llama3.1-8b", "llama3.1-405b")),
}
"""Weak model, then strong; None: the only two, which stand in the order of their cost."""
POOLS = (RB, ZEL)


def measure(environ: Mapping[str, str], folder: Path = SHARED, names: Sequence[str] = NAMES) -> dict[str, Any]:
    """Both tables. Raises BadInput where the data sets are not there: they are not the project's to hand on."""
    if not folder.is_dir():
        raise BadInput(f"this figure needs the recorded outcomes of hosted models in {folder}: put them there")
    embed.use(embed.cached(Settings.from_env(dict(environ)).cache))
    pairs = {name: tried(load(folder, file, models), names) for name, (file, models) in PAIRS.items()}
    pools = {file: tried(load(folder, file), names) for file in POOLS}
    tasks = {f"{RB} {task}": tried(part, names) for task, part in by_category(load(folder, RB)).items()}
    return {
        "apgr": {name: _beside({k: t.apgr for k, t in found.items()}) for name, found in pairs.items()},
        "apgr_mean": _beside({name: _mean([found[name].apgr for found in pairs.values()]) for name in names}),
        "aiq": {file: _beside({k: t.aiq for k, t in found.items()}) for file, found in pools.items()},
        "aiq_chosen_on_other_prompts": {file: {k: t.honest for k, t in found.items()} for file, found in pools.items()},
        "aiq_above_zero_router": {
            file: {name: t.above_zero for name, t in found.items()} for file, found in (pools | tasks).items()
        },
        "lowest_setting_above_zero_router": {
            file: {name: float(t.settings_above_zero[0].min()) for name, t in found.items()}
            for file, found in (pairs | pools | tasks).items()
        },
    }


def load(folder: Path, file: str, models: Sequence[str] | None = None) -> Recorded:
    """A set, its prompts marked for evaluation where it marks any, of these models."""
    recorded = outcomes.read(folder / f"{file}.parquet").recorded()
    if (recorded.splits == EVAL).any():
        recorded = recorded.take(recorded.splits == EVAL)
    return recorded.of(list(models)) if models else recorded


def by_category(recorded: Recorded) -> dict[str, Recorded]:
    return {str(c): recorded.take(recorded.categories == c) for c in sorted(set(recorded.categories))}


def tried(recorded: Recorded, names: Sequence[str]) -> dict[str, Tried]:
    """Each router over the same folds."""
    parts = folds(recorded, FOLDS)
    return {name: Tried(recorded, track(registry(), Entrant(name, sweep=SWEEP), recorded, parts)) for name in names}


@dataclass(frozen=True)
class Tried:
    """What a router did on one set."""

    recorded: Recorded
    track: Track

    @cached_property
    def apgr(self) -> Floats:
        """(1 + RESAMPLES,): of all prompts, then of each resample."""
        assert self.track.predicted is not None
        wanted = self.track.predicted[:, 1] - self.track.predicted[:, 0]
        weak, strong = self.recorded.quality.T
        whole = pgr.apgr(pgr.recovered(wanted, weak, strong))
        gain = strong - weak
        return np.array([whole, *(pgr.apgr(pgr.won_back(wanted[r], gain[r])) for r in _resamples(len(wanted)))])

    @cached_property
    def aiq(self) -> Floats:
        """(1 + RESAMPLES,), likewise, between the mean costs of the cheapest and the dearest model."""
        means = self.recorded.cost.mean(axis=0)
        drawn = np.vstack(
            [np.ones(len(self.recorded), dtype=np.float32), bootstrap.weights(len(self.recorded), RESAMPLES)]
        )
        cost, quality = (bootstrap.means(x, drawn) for x in (self.track.cost, self.track.quality))
        return bootstrap.curve(cost, quality, lambda c, q: frontier.aiq(c, q, means.min(), means.max()))

    @property
    def honest(self) -> float:
        """AIQ of settings that half of the prompts chooses and the other half judges."""
        means = self.recorded.cost.mean(axis=0)
        return frontier.honest_aiq(self.track.cost, self.track.quality, means.min(), means.max())

    @property
    def above_zero(self) -> float:
        """AIQ above that of mixing single models, whose best are known in hindsight."""
        means = self.recorded.cost.mean(axis=0)
        zero = frontier.aiq(means, self.recorded.quality.mean(axis=0), means.min(), means.max())
        return float(self.aiq[0] - zero)

    @property
    def settings_above_zero(self) -> tuple[Floats, Floats]:
        """(L,) twice: how far each setting's quality is above that of mixing single models at its cost, and its standard error.

        The two models whose mix costs as much stand on the hull beside that cost; what costs less than the cheapest model is
        reached by no mix, which counts as the quality of nothing, as in AIQ. The error is of the prompts, paired.
        """
        means, (cost, quality) = self.recorded.cost.mean(axis=0), (self.track.cost, self.track.quality)
        kept = corners(means, self.recorded.quality.mean(axis=0))
        paid = np.clip(cost.mean(axis=1), means[kept[0]], means[kept[-1]])
        high = np.clip(np.searchsorted(means[kept], paid), min(1, len(kept) - 1), len(kept) - 1)
        left, right = kept[np.maximum(high - 1, 0)], kept[high]
        share = (paid - means[left]) / np.where(left == right, 1.0, means[right] - means[left])
        mixed = (1 - share) * self.recorded.quality[:, left] + share * self.recorded.quality[:, right]
        gap = quality - np.where(cost.mean(axis=1) < means[kept[0]] * (1 - 1e-9), 0.0, mixed).T
        return gap.mean(axis=1), gap.std(axis=1) / np.sqrt(len(self.recorded))


def _resamples(n: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, n, n) for _ in range(RESAMPLES)]


def _mean(found: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(found, axis=0))


def _beside(found: Mapping[str, Floats]) -> dict[str, Any]:
    """The figure of each router; and its gain over the base, with the middle 95 % of the resamples."""
    rows: dict[str, Any] = {name: float(draws[0]) for name, draws in found.items()}
    for name, draws in found.items():
        if name != BASE and BASE in found:
            gain = bootstrap.interval(float(draws[0] - found[BASE][0]), draws[1:] - found[BASE][1:])
            rows[f"{name} over {BASE}"] = gain.as_json()
    return rows
