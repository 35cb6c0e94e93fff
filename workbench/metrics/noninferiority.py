"""Whether a candidate is shown to be not worse than what it would replace."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .betting import ALPHA, checked, evidence, interval
from .estimate import Estimate
from .planner import more_needed

State = Literal["not worse", "worse", "undecided"]


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    difference: Estimate
    """Candidate minus base, mean over prompts."""
    margin: float
    n: int
    more: int | None
    """Prompts that would about settle it; None where it is settled, or where no number would."""


def verdict(base: ArrayLike, candidate: ArrayLike, margin: float, alpha: float = ALPHA) -> Verdict:
    """Paired by prompt, qualities 0 to 1. `not worse`: the mean difference is above -margin; `worse`: it is below.

    Two one-sided tests by betting, each at level alpha / 2, so that the answer agrees with the interval and the same gate
    may be run again whenever there is more data. Raises BadInput for a quality outside 0 to 1.
    """
    x = checked(np.asarray(candidate, dtype=float) - np.asarray(base, dtype=float))
    bar = log(2 / alpha)
    state: State = "undecided"
    if evidence(x, -margin, "more") >= bar:
        state = "not worse"
    elif evidence(x, -margin, "less") >= bar:
        state = "worse"
    more = more_needed(x, -margin, alpha) if state == "undecided" else None
    return Verdict(state, interval(x, alpha), margin, len(x), more)
