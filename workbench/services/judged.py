"""Strategies judged on the same prompts: what they did there, and the resamples that all their intervals are read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics import bootstrap, frontier, reference
from workbench.metrics.estimate import Estimate
from workbench.outcomes import Outcomes
from workbench.recorded import Floats, Recorded

from .replay import Track

PER = 1000
"""Prompts that a cost is shown for."""


@dataclass(frozen=True)
class Means:
    """Mean cost (USD per prompt) and mean quality of every setting of a track, in every resample: (resamples, L)."""

    cost: Floats
    quality: Floats


@dataclass(frozen=True)
class Judged:
    """All tracks on the prompts that all of them and every model cover."""

    data: Outcomes
    recorded: Recorded
    """The judged prompts."""
    tracks: Sequence[Track]
    skipped: int
    """Prompts left out: a model has no scored outcome there, or a strategy made a call that is not recorded."""
    train: int
    """Prompts that a strategy could learn from, in each fold."""
    folds: int
    seed: int = 0
    marked: int = 0
    """Prompts left out since the data marks them as contaminated: a model or a router may have been trained on them."""
    contaminated: Mapping[str, Any] | None = None
    """What services/contamination.py finds; None where nothing learns, so that nothing can have been seen before."""

    @classmethod
    def of(cls, data: Outcomes, recorded: Recorded, tracks: Sequence[Track], **about: Any) -> Judged:
        """`recorded` holds the rows that the tracks judged, in their order. Raises BadInput when none is covered by all."""
        covered = recorded.covered.copy()
        for track in tracks:
            covered &= ~np.isnan(track.quality).any(axis=0)
        kept = np.flatnonzero(covered)
        if not len(kept):
            raise BadInput(_uncovered(recorded, tracks))
        return cls(data, recorded.take(kept), [_taken(t, kept) for t in tracks], len(recorded) - len(kept), **about)

    @cached_property
    def drawn(self) -> bootstrap.Weights:
        return bootstrap.weights(len(self.recorded), seed=self.seed)

    @cached_property
    def resampled(self) -> list[Means]:
        """For each track."""
        return [Means(*(bootstrap.means(x, self.drawn) for x in (t.cost, t.quality))) for t in self.tracks]

    @cached_property
    def means(self) -> tuple[Floats, Floats]:
        """Mean cost (USD per prompt) and mean quality of every single model."""
        return self.recorded.cost.mean(axis=0), self.recorded.quality.mean(axis=0)

    @cached_property
    def singles(self) -> Means:
        """Every single model in every resample: (resamples, m)."""
        return Means(*(bootstrap.means(x.T, self.drawn) for x in (self.recorded.cost, self.recorded.quality)))

    @cached_property
    def range(self) -> tuple[float, float]:
        """Mean costs of the cheapest and the dearest single model."""
        cost, _ = self.means
        return float(cost.min()), float(cost.max())

    @cached_property
    def aiqs(self) -> list[Floats]:
        """For each track (resamples,): AIQ of its plain hull; NaN where it has no curve."""
        low, high = self.range
        if not high > low:
            return [np.full(len(self.drawn), np.nan) for _ in self.tracks]
        return [bootstrap.curve(m.cost, m.quality, lambda c, q: frontier.aiq(c, q, low, high)) for m in self.resampled]

    @cached_property
    def zero_router_aiqs(self) -> Floats:
        """(resamples,): AIQ of mixing single models."""
        low, high = self.range
        return bootstrap.curve(self.singles.cost, self.singles.quality, lambda c, q: frontier.aiq(c, q, low, high))

    @cached_property
    def best_model(self) -> int:
        """Column of the best single model, the cheaper of equals."""
        cost, quality = self.means
        return int(np.lexsort((cost, -quality))[0])

    @cached_property
    def best_single(self) -> Estimate:
        """Its quality."""
        return bootstrap.mean(reference.best_single(self.recorded.quality, self.recorded.cost)[0], self.drawn)


def _uncovered(recorded: Recorded, tracks: Sequence[Track]) -> str:
    """Why no prompt is left: what the data and each strategy cover."""
    covers = [f"{int((~np.isnan(t.quality).any(axis=0)).sum()):,} by {t.entrant.strategy}" for t in tracks]
    return (
        f"no prompt is covered by all: of {len(recorded):,} prompts {int(recorded.covered.sum()):,} have a scored outcome of "
        f"every model, and all calls are recorded of {', '.join(covers)}; leave out what covers none, or record what it asks"
    )


def best_setting(track: Track) -> int:
    """The setting with the best mean quality, the cheapest of equals."""
    return int(np.lexsort((track.cost.mean(axis=1), -track.quality.mean(axis=1)))[0])


def _taken(track: Track, kept: NDArray[np.intp]) -> Track:
    columns = ("choices", "quality", "cost", "latency", "calls", "failed")
    predicted = None if track.predicted is None else track.predicted[kept]
    return replace(track, predicted=predicted, **{name: getattr(track, name)[:, kept] for name in columns})
