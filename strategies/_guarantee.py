"""A setting chosen so that failures are rare, with a stated confidence, whatever the prompts are.

Learn-then-Test (Angelopoulos et al., arXiv 2110.01052) with exact binomial p-values (Clopper and Pearson, 1934) in a fixed
sequence: settings are tested from the strictest on, each at the full level, up to the first that cannot be shown to keep its word.
Holds for prompts like those it was chosen on, as long as these were not used to choose the settings' order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log1p


def proven(failures: Sequence[int], n: int, alpha: float, delta: float) -> int:
    """How many settings, strictest first, fail on at most a share alpha of prompts, with confidence 1 - delta for all at once.

    `failures` are counts among the same n prompts. 0 where not even the first can be shown.
    """
    for count, failed in enumerate(failures):
        if at_most(int(failed), n, alpha) > delta:
            return count
    return len(failures)


def at_most(k: int, n: int, share: float) -> float:
    """Probability of at most k successes in n trials: the p-value of "the share is larger"."""
    if k >= n or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    yes, no, whole = log(share), log1p(-share), lgamma(n + 1)
    terms = (whole - lgamma(i + 1) - lgamma(n - i + 1) + i * yes + (n - i) * no for i in range(k + 1))
    return min(1.0, sum(map(exp, terms)))


def fewest(alpha: float, delta: float) -> int:
    """Prompts without a single failure that are needed to show anything."""
    return int(-(-log(delta) // log1p(-alpha))) if 0 < alpha < 1 else 1
