"""Several comparisons at once: what may be claimed of all of them together."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which are rejected with a chance of at most alpha of any false one (Holm, 1979). For 1 / e-values too."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    rejected = [False] * len(p_values)
    for rank, i in enumerate(order):
        if p_values[i] > alpha / (len(p_values) - rank):
            break
        rejected[i] = True
    return rejected


def e_bh(e_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which are rejected with at most alpha expected false ones among them, however they depend (Wang and Ramdas, 2022)."""
    k = len(e_values)
    order = sorted(range(k), key=e_values.__getitem__, reverse=True)
    most = max((rank for rank, i in enumerate(order, 1) if e_values[i] >= k / (alpha * rank)), default=0)
    kept = set(order[:most])
    return [i in kept for i in range(k)]


def each(alpha: float, comparisons: int) -> float:
    """Level of each of several intervals that shall all hold with 1 - alpha (Bonferroni)."""
    return alpha / max(1, comparisons)
