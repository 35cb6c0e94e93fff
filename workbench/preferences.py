"""Who won against whom: recorded votes, or outcomes compared, as columns for what learns from preferences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .recorded import Floats, Index, Recorded
from .types import Model, Prompt

Vote = tuple[str, str, str]
"""Winner, loser, and "tie" where neither won."""


@dataclass(frozen=True)
class Preferences:
    """Of m models on n prompts."""

    prompts: tuple[Prompt, ...]
    models: tuple[Model, ...]
    wins: Floats
    """(n, m, m): how often the row's model won against the column's; a tie is half a win for either."""

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.models)

    @classmethod
    def of(cls, recorded: Recorded) -> Preferences:
        """Outcomes compared: of any two models, the one with the better score won. Every prompt has all scores."""
        quality = recorded.quality
        wins = (1 + np.sign(quality[:, :, None] - quality[:, None, :])) / 2
        wins[:, np.arange(len(recorded.ids)), np.arange(len(recorded.ids))] = 0
        return cls(recorded.prompts, recorded.models, wins)

    @classmethod
    def cast(cls, prompts: Sequence[Prompt], votes: Sequence[Sequence[Vote]]) -> Preferences:
        """Votes on each prompt, over its pool. Raises ValueError for a model that is not in it."""
        models = prompts[0].models if prompts else ()
        place = [m.id for m in models]
        wins = np.zeros((len(prompts), len(models), len(models)))
        for table, cast in zip(wins, votes, strict=True):
            for winner, loser, how in cast:
                i, j = place.index(winner), place.index(loser)
                table[i, j] += 0.5 if how == "tie" else 1.0
                table[j, i] += 0.5 if how == "tie" else 0.0
        return cls(tuple(prompts), models, wins)

    def take(self, index: Index) -> Preferences:
        """These prompts only, in this order."""
        rows = np.arange(len(self))[index]
        return replace(self, prompts=tuple(self.prompts[i] for i in rows), wins=self.wins[rows])
