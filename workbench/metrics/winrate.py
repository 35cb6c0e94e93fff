"""How often one strategy does better than another on the same prompt."""

from __future__ import annotations

import numpy as np

from .hull import Floats


def shares(qualities: Floats) -> Floats:
    """(k, k): share of n prompts on which row beats column, ties half, of k strategies' qualities (k, n). Diagonal 0.5."""
    better = (qualities[:, None, :] > qualities[None, :, :]).mean(axis=2)
    even = (qualities[:, None, :] == qualities[None, :, :]).mean(axis=2)
    return np.asarray(better + even / 2)
