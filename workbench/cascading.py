"""Strategies that look at answers before they decide, told apart into what they see and what they make of it.

What a strategy sees does not depend on its parameters, so that a replay surveys once and walks for every setting of a sweep.
Live, the same strategy surveys one prompt after each answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .recorded import Floats, Recorded
from .strategy import Strategy
from .types import Prompt


@dataclass(frozen=True)
class Answers:
    """What m models said to n prompts, without a word on how good it was."""

    models: tuple[str, ...]
    texts: NDArray[np.object_]
    """(n, m); '' where they were not kept."""
    logprob: Floats
    """(n, m), mean log-probability of the answer's tokens; NaN where unknown."""

    @classmethod
    def of(cls, recorded: Recorded) -> Answers:
        return cls(recorded.ids, recorded.texts, recorded.logprob)


@dataclass(frozen=True)
class Walk:
    """How often each of m models was asked about each of n prompts, and whose answer was taken."""

    asked: NDArray[np.bool_] | NDArray[np.intp]
    """(n, m); what a model is recorded to have cost is of all its calls."""
    chosen: NDArray[np.intp]
    """(n,), columns of the pool."""
    untold: NDArray[np.bool_]
    """(n,): prompts that only a run can tell of, since other calls than the models' answers are part of it."""


class Stepwise(Strategy):
    """Asks one model after another. Whatever `walk` says of a prompt whose calls all succeed, `run` does."""

    @abstractmethod
    def survey(self, prompts: Sequence[Prompt], answers: Answers) -> Any:
        """All that `walk` looks at, for prompts of one pool: by what `fit` learned, whatever the parameters."""

    @abstractmethod
    def walk(self, survey: Any) -> Walk:
        """What this strategy, with its parameters, does about each surveyed prompt. Raises BadInput, UnknownModel."""
