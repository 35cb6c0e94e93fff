"""Intervals of a share of successes, such as a win rate, and of the difference of two. Unit: 0..1."""

from __future__ import annotations

from math import hypot, sqrt

Z95 = 1.959963984540054


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval (1927): holds its level at small counts and at 0 or all successes; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(before: tuple[int, int], after: tuple[int, int], z: float = Z95) -> tuple[float, float]:
    """Newcombe's interval (1998, method 10) of how much larger the second share is; each is (successes, trials)."""
    (k, m), (n, o) = before, after
    p, q = k / m if m else 0.5, n / o if o else 0.5
    (low, high), (other_low, other_high) = wilson(k, m, z), wilson(n, o, z)
    return q - p - hypot(q - other_low, high - p), q - p + hypot(other_high - q, p - low)
