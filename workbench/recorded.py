"""Recorded outcomes as columns: what `fit` learns from and what replay looks answers up in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInput
from .types import Model, Prompt

Floats = NDArray[np.float64]
Index = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True)
class Recorded:
    """Outcomes of m models on n prompts. A cell without an outcome has NaN quality; a failed call has quality 0."""

    prompts: tuple[Prompt, ...]
    """n; each one's pool is all m models."""
    models: tuple[Model, ...]
    quality: Floats
    """(n, m), 0..1."""
    cost: Floats
    """(n, m), USD."""
    latency: Floats
    """(n, m), seconds; NaN where unknown."""
    logprob: Floats
    """(n, m), mean log-probability of the answer's tokens; NaN where unknown."""
    tokens: NDArray[np.int64]
    """(n, m, 2), prompt and completion; 0 where unknown."""
    errors: NDArray[np.object_]
    """(n, m), "kind: text" of a failed call, else ''."""
    texts: NDArray[np.object_]
    """(n, m), the answers; '' where they were not kept."""
    categories: NDArray[np.object_]
    """(n,)."""
    splits: NDArray[np.object_]
    """(n,), such as train, test."""
    chance: Floats | None = None
    """(n, m), probability with which a model was drawn to answer; NaN where it was not drawn. None: nowhere."""
    kinds: NDArray[np.object_] | None = None
    """(n,), what scored the answers, where scores of several kinds are held together. None: one kind."""

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def ids(self) -> tuple[str, ...]:
        """Model ids, in column order."""
        return tuple(m.id for m in self.models)

    @property
    def covered(self) -> NDArray[np.bool_]:
        """(n,): prompts that every model has an outcome for."""
        return np.asarray(~np.isnan(self.quality).any(axis=1))

    @property
    def telling(self) -> NDArray[np.bool_]:
        """(n,): prompts that tell models apart: two or more of them answered, or a draw with a known chance chose who did."""
        known = ~np.isnan(self.quality)
        drawn = known & ~np.isnan(self.chance) if self.chance is not None else np.zeros_like(known)
        return np.asarray((known.sum(axis=1) > 1) | drawn.any(axis=1))

    def take(self, index: Index) -> Recorded:
        """These prompts only, in this order."""
        rows = np.arange(len(self))[index]
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        taken: dict[str, Any] = {name: value[rows] for name, value in columns.items() if isinstance(value, np.ndarray)}
        return Recorded(prompts=tuple(self.prompts[i] for i in rows), models=self.models, **taken)

    def of(self, models: Sequence[str]) -> Recorded:
        """These models only, in this order. Raises ValueError for one that is not recorded."""
        from dataclasses import replace

        cols = [self.ids.index(m) for m in models]
        pool = tuple(self.models[c] for c in cols)
        prompts = tuple(replace(p, models=pool) for p in self.prompts)
        names = ["quality", "cost", "latency", "logprob", "tokens", "errors", "texts"]
        names += ["chance"] if self.chance is not None else []
        return replace(self, prompts=prompts, models=pool, **{n: getattr(self, n)[:, cols] for n in names})


def check_costs(name: str, cost: Floats) -> None:
    """Raises BadInput for costs that are not all numbers: no price could be weighed against them."""
    if not np.isfinite(cost).all():
        raise BadInput(f"{name} cannot weigh costs that are not numbers: record the cost of every outcome")


def check_scores(name: str, quality: Floats) -> None:
    """Raises BadInput for a quality outside 0 to 1; NaN stands for none."""
    if odd := quality[(quality < 0) | (quality > 1)].tolist():
        raise BadInput(f"{name} learns from scores from 0 to 1, and one is {odd[0]:g}: bring them to that range")


def check_teaches(name: str, models: Sequence[str], quality: Floats) -> None:
    """Raises BadInput for (n, m) qualities that are none, and for those that tell no model from another: of one model, or all of the
    same score."""
    if len(models) < 2:
        raise BadInput(
            f"{name} needs two models to choose between, and only {', '.join(models)} is recorded: record another one too"
        )
    check_scores(name, quality)
    known = quality[~np.isnan(quality)]
    if known.size and known.min() == known.max():
        raise BadInput(
            f"{name} has nothing to learn from: every outcome has the same score, {known.max():g}; record prompts that some models "
            "get right and some wrong"
        )
