"""Prompts that stand, word for word or nearly, more than once among those learned from.

What was learned from a twin has seen its answer: leaving one of them out is leaving nothing out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Vectors

ALIKE = 0.95
"""Cosine from which two prompts are as good as equal: the threshold of RouteLLM's contamination check."""
BLOCK = 2048
"""Rows compared at a time: bounds memory."""


def without(vectors: Vectors) -> NDArray[np.bool_]:
    """(n,): which of n rows, each of length 1, have no near twin among the others."""
    alone = np.ones(len(vectors), dtype=bool)
    for start in range(0, len(vectors), BLOCK):
        cosine = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(cosine))
        cosine[rows, start + rows] = -1.0
        alone[start : start + BLOCK] = cosine.max(axis=1) < ALIKE
    return alone
