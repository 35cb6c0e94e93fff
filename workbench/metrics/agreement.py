"""How far raters agree beyond chance: Cohen's kappa of two, Fleiss' of many, Krippendorff's alpha with gaps.

1 is full agreement, 0 what chance gives. Intervals are of 95 %, by leaving out one item at a time (jackknife: it holds its level
from about 100 items on, where the asymptotic ones are too narrow for rare categories).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

from .estimate import Estimate
from .proportion import Z95

Floats = NDArray[np.float64]
Level = Literal["nominal", "interval"]
LABELS = ((0.8, "almost perfect"), (0.6, "substantial"), (0.4, "moderate"), (0.2, "fair"), (0.0, "slight"))


def cohen(first: Sequence[object], second: Sequence[object]) -> Estimate:
    """Kappa of two raters who labelled the same n items (Cohen, 1960). Raises BadInput for fewer than two items.

    Where both gave one and the same label to everything there is no chance agreement to correct for: kappa is 1.
    """
    if len(first) != len(second) or len(first) < 2:
        raise BadInput("kappa needs two raters' labels of the same items, and at least two items")
    names = {label: i for i, label in enumerate(dict.fromkeys([*first, *second]))}
    k = len(names)
    cell = np.array([names[a] * k + names[b] for a, b in zip(first, second, strict=True)])
    table = np.bincount(cell, minlength=k * k).astype(float)

    def without(removed: int) -> float:
        left = table.copy()
        left[removed] -= 1
        return kappa_of(left.reshape(k, k))

    kinds = np.flatnonzero(table)  # items of one cell are alike: each kind is left out once
    return _jackknifed(kappa_of(table.reshape(k, k)), [without(c) for c in kinds.tolist()], table[kinds])


def kappa_of(table: Floats) -> float:
    """Kappa of a (k, k) table of counts: rows the first rater's labels, columns the second's."""
    n = table.sum()
    seen = np.trace(table) / n
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / n**2
    return float((seen - chance) / (1 - chance)) if chance < 1 else 1.0


def fleiss(counts: Floats) -> Estimate:
    """Kappa of r raters an item (Fleiss, 1971): (n, k) counts of how many gave each label. Raises BadInput."""
    raters = counts.sum(axis=1)
    if len(counts) < 2 or raters[0] < 2 or (raters != raters[0]).any():
        raise BadInput("Fleiss' kappa needs the same number of raters, two or more, for each of at least two items")
    value = _fleiss(counts)
    return _jackknifed(value, [_fleiss(np.delete(counts, i, axis=0)) for i in range(len(counts))])


def _fleiss(counts: Floats) -> float:
    n, r = len(counts), counts[0].sum()
    seen = float((counts * (counts - 1)).sum()) / (n * r * (r - 1))
    chance = float(((counts.sum(axis=0) / (n * r)) ** 2).sum())
    return (seen - chance) / (1 - chance) if chance < 1 else 1.0


def krippendorff(ratings: Floats, level: Level = "nominal") -> Estimate:
    """Alpha of (raters, items) numbers, NaN where a rater gave none (Krippendorff, 2011). Raises BadInput.

    Items with a single rating say nothing of agreement and do not count.
    """
    paired = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    if paired.shape[1] < 2:
        raise BadInput("alpha needs at least two items that two raters rated")
    value = _alpha(paired, level)
    return _jackknifed(value, [_alpha(np.delete(paired, i, axis=1), level) for i in range(paired.shape[1])])


def _alpha(ratings: Floats, level: Level) -> float:
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(axis=0).astype(float)  # (items, values)
    pairs = counts.sum(axis=1)
    together = np.einsum("iv,iw->vw", counts / (pairs - 1)[:, None], counts) - np.diag(
        (counts.T / (pairs - 1)).sum(axis=1)
    )
    total = together.sum(axis=1)
    n = total.sum()
    distance = _distance(values, level)
    apart = float((np.outer(total, total) * distance).sum()) / (n - 1)
    return 1 - float((together * distance).sum()) / apart if apart else 1.0


def _distance(values: Floats, level: Level) -> Floats:
    gap = values[:, None] - values[None, :]
    return gap**2 if level == "interval" else (gap != 0).astype(float)


def _jackknifed(value: float, without: Sequence[float], times: Floats | None = None) -> Estimate:
    """The value with its interval from the values `without` each item; each stands for so many items."""
    found = np.array(without)
    count = np.ones(len(found)) if times is None else times
    n = float(count.sum())
    mean = float((count * found).sum()) / n
    half = Z95 * sqrt((n - 1) / n * float((count * (found - mean) ** 2).sum()))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))


def in_words(kappa: float) -> str:
    """How such a kappa is called (Landis and Koch, 1977)."""
    return next((name for bar, name in LABELS if kappa > bar), "none beyond chance")
