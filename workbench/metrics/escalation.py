"""Strategies that make several calls for one prompt: how many, how often a first answer was not enough, and what that pays.

FrugalGPT (arXiv 2305.05176, section 5) sets the money saved beside the accuracy lost, against its best single model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .hull import Floats


def calls_per_query(calls: Floats) -> float:
    """Mean number of calls for a prompt; (n,) counts. 1 for a router; less is better at equal quality."""
    return float(calls.mean())


def escalated(calls: Floats) -> NDArray[np.float64]:
    """(n,): 1 where more than one call was made, so that the first answer was not enough."""
    return (calls > 1).astype(np.float64)


def saving(spent: Floats, single: Floats) -> float:
    """1 - mean cost spent / mean cost of the best single model: share of its money saved. Below 0 where it costs more."""
    whole = float(single.mean())
    return 1 - float(spent.mean()) / whole if whole else float("nan")


def loss(reached: Floats, single: Floats) -> float:
    """Mean quality of the best single model - mean quality reached. Below 0 where it does better than that model."""
    return float(single.mean() - reached.mean())
