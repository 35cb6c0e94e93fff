"""Many decisions at once, as columns: what a vectorised router returns and replay reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from .types import Decision

FLOOR = 0.01
"""Least propensity that a randomised strategy keeps for every model that it draws, so that its logs can answer for others."""
OTHER = "other"
"""Label of a prompt that is of no class its strategy knows."""
UNFAMILIAR = "unfamiliar"
"""Label of a prompt that is far from all training data, so that nothing is predicted of it."""
ABSTAINED = frozenset({OTHER, UNFAMILIAR})
"""Labels of prompts that a strategy does not tell apart: it answers them as it would answer any."""


@dataclass(frozen=True)
class Decisions(Sequence[Decision]):
    """n decisions over one pool of m models. Reads like a list of Decision, each put into words when it is asked for."""

    models: tuple[str, ...]
    chosen: NDArray[np.intp]
    """(n,), columns of `models`."""
    scores: NDArray[np.float64]
    """(n, m), higher is better."""
    tell: Callable[[int], Decision]
    """The decision about one prompt, with its reason."""

    @classmethod
    def none(cls) -> Decisions:
        """About no prompt."""
        told: list[Decision] = []
        return cls((), np.empty(0, dtype=np.intp), np.empty((0, 0)), lambda i: told[i])

    def __len__(self) -> int:
        return len(self.chosen)

    @overload
    def __getitem__(self, i: int) -> Decision: ...
    @overload
    def __getitem__(self, i: slice) -> list[Decision]: ...
    def __getitem__(self, i: int | slice) -> Decision | list[Decision]:
        if isinstance(i, slice):
            return [self.tell(n) for n in range(len(self))[i]]
        return self.tell(range(len(self))[i])
