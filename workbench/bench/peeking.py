"""How often an experiment between equals is called, when it is looked at after every observation: 2,000 A/A runs of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics import betting, winning
from workbench.metrics.clusters import users_means

Floats = NDArray[np.float64]
LOOKS = 2000
ROWS_A_USER = 20
Z = 1.959963984540054


def measure(runs: int = 2000, seed: int = 0) -> dict[str, Any]:
    """Share of A/A runs that are ever called, by method and kind of data; power and median stop for real differences."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"runs": runs, "looks": LOOKS}
    for name, draw in KINDS.items():
        values = draw(rng, runs, LOOKS)
        found[f"A/A {name}"] = {
            "betting": _called(betting.first_look(values)),
            "t-test at each look": _called(t_test(values)),
            "t-test once, at the end": once(values),
        }
    found["A/A clustered by user"] = clustered(rng, runs)
    found["A/A drawn by prompt"] = drawn(rng, runs)
    votes = rng.random((runs, LOOKS)) < 0.5
    found["A/A votes"] = {"beta-binomial": _called(winning.first_look(votes))}
    for difference in (0.05, 0.1):
        found[f"difference {difference}"] = power(rng, runs // 2, difference)
    return found


def paired(rng: np.random.Generator, runs: int, n: int, difference: float = 0.0) -> Floats:
    """Differences of two right-or-wrong answers to one prompt, alike on 60 % of them."""
    luck, own, alike = (rng.random((runs, n)) for _ in range(3))
    base = luck < 0.7
    other = np.where(alike < 0.6, luck, own) < 0.7 + difference
    return other.astype(float) - base


def skewed(rng: np.random.Generator, runs: int, n: int) -> Floats:
    """Mostly a small loss, once in fifty a large win; mean 0."""
    return np.where(rng.random((runs, n)) < 0.02, 0.98, -0.02)


KINDS: dict[str, Callable[[np.random.Generator, int, int], Floats]] = {"symmetric": paired, "skewed": skewed}


def clustered(rng: np.random.Generator, runs: int) -> dict[str, float]:
    """Each user has a taste of his own and gives twenty rows: bet on rows, and on the means of finished users."""
    users = LOOKS // ROWS_A_USER
    taste = rng.uniform(-0.5, 0.5, (runs, users))
    rows = np.repeat(taste, ROWS_A_USER, axis=1)
    values = np.where(rng.random((runs, LOOKS)) < (1 + rows) / 2, 1.0, -1.0)
    names = np.repeat(np.arange(users), ROWS_A_USER).tolist()
    means = np.array([users_means(names, one) for one in values])
    return {
        "betting on users' means": _called(betting.first_look(means), users),
        "betting on rows": _called(betting.first_look(values)),
        "t-test at each look": _called(t_test(values)),
        "t-test once, at the end": once(values),
    }


def drawn(rng: np.random.Generator, runs: int, share: float = 0.3) -> dict[str, float]:
    """No prompt is shared: each is answered by one of two equal strategies, drawn with this share for the second."""
    treated = rng.random((runs, LOOKS)) < share
    right = (rng.random((runs, LOOKS)) < 0.6).astype(float)
    values = np.stack([betting.unpaired(a, y, share) for a, y in zip(treated, right, strict=True)])
    return {
        "betting": _called(betting.first_look(values)),
        "t-test at each look": _called(two_sample(treated, right)),
        "t-test once, at the end": float((two_sample(treated, right, burn_in=LOOKS - 1) <= LOOKS).mean()),
    }


def two_sample(treated: NDArray[np.bool_], right: Floats, burn_in: int = 20) -> NDArray[np.intp]:
    """(runs,): first look at which the usual test of two shares says that they differ; n + 1 for never."""
    sides = []
    for side in (treated, ~treated):
        count = np.maximum(np.cumsum(side, axis=1), 1)
        mean = np.cumsum(right * side, axis=1) / count
        sides.append((mean, np.maximum(mean * (1 - mean), 1e-12) / count))
    (one, spread), (other, width) = sides
    crossed = np.abs(one - other) > Z * np.sqrt(spread + width)
    crossed[:, :burn_in] = False
    return np.asarray(np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, right.shape[1] + 1), dtype=np.intp)


def power(rng: np.random.Generator, runs: int, difference: float) -> dict[str, float]:
    """Share of runs that see a true difference within the looks, and the median number of prompts they take."""
    stops = betting.first_look(paired(rng, runs, LOOKS, difference))
    votes = winning.first_look(rng.random((runs, LOOKS)) < 0.5 + difference)
    return {
        "betting": _called(stops),
        "betting, median stop": float(np.median(stops)),
        "beta-binomial": _called(votes),
        "beta-binomial, median stop": float(np.median(votes)),
    }


def t_test(values: Floats, burn_in: int = 10) -> NDArray[np.intp]:
    """(runs,): first look at which the usual test, repeated at each, says the mean is not 0; n + 1 for never."""
    n = np.arange(1, values.shape[1] + 1)
    mean = np.cumsum(values, axis=1) / n
    spread = np.sqrt(np.maximum(np.cumsum(values**2, axis=1) / n - mean**2, 1e-12))
    crossed = np.abs(mean) > Z * spread / np.sqrt(n)
    crossed[:, :burn_in] = False
    return np.asarray(np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, values.shape[1] + 1), dtype=np.intp)


def once(values: Floats) -> float:
    """Share of runs that the usual test calls, looked at once."""
    mean, spread = values.mean(axis=1), values.std(axis=1, ddof=1)
    return float((np.abs(mean) > Z * spread / np.sqrt(values.shape[1])).mean())


def _called(stops: NDArray[np.intp], looks: int = LOOKS) -> float:
    return float((stops <= looks).mean())
