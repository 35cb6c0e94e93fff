"""How often drift is called where there is none, and how soon where there is: thousands of answers and prompts, simulated.

Answers are right or wrong with a known chance; prompts are our own labelled ones, drawn one by one, or several of one kind in a row as people
ask them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Vectors, shared
from workbench.metrics.drift import LEVEL, Watch, baseline_of, shift
from workbench.services.drift import BASE, ERRORS, noticed
from workbench.services.shifts import REFERENCE, WINDOW

from .intents import PARTS, labelled

Values = NDArray[np.float64]
BEFORE, AFTER = 0.8, 0.7
QUIET = 20_000
"""Answers without a change, of each run."""
CUSUM_H = 5.0
LONG = 10_000
"""Answers after an estimated baseline, of each run without a change."""
DIM = 16
"""Directions in which Hotelling's test compares."""
KIND, USUAL, MORE = "code", 1 / 9, 1 / 2
"""A kind of prompts, its share, and its share after a shift; the others share what is left evenly."""


def measure(runs: int = 30, seed: int = 0) -> dict[str, Any]:
    """False alarms per 10,000 answers at quality .8, and the delay to a fall to .7 after some quiet, of the watch and of CUSUM, which both
    know the baseline; then where it is the mean of so many answers. Last, shifts of prompts.

    Of the watch that knows only calls of a fall count: it looks for rises as well.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"runs": runs, "answers without a change": runs * QUIET}
    for name, stops in {"Shiryaev-Roberts mixture": watch, "CUSUM, h = 5": cusum}.items():
        found[name] = known(rng, runs, stops)
    for name, errors in {"as it is": 0.0, f"beyond {ERRORS:g} standard error": ERRORS}.items():
        found[f"baseline of {BASE} answers, {name}"] = estimated(rng, runs, errors)
    found["prompts"] = prompts(rng, runs)
    return found


def known(rng: np.random.Generator, runs: int, stops: Callable[[Values], int | None]) -> dict[str, float]:
    """Where the baseline is what it is taken for."""
    alarms = sum(len(_alarms(stops, _drawn(rng, BEFORE, QUIET))) for _ in range(runs))
    delays = [_delay(rng, stops) for _ in range(4 * runs)]
    return {"false alarms per 10,000": 1e4 * alarms / (runs * QUIET), **_told(delays)}


def estimated(rng: np.random.Generator, runs: int, errors: float) -> dict[str, Any]:
    """What services/drift.py does: falls and rises beyond so many standard errors of the baseline, which is made anew after each alarm."""
    called = [_called(rng, _drawn(rng, BEFORE, LONG), errors) for _ in range(runs)]
    delays: list[int] = []
    while len(delays) < 2 * runs:
        changed = np.concatenate([_drawn(rng, BEFORE, 300), _drawn(rng, AFTER, 5000)])
        stop, _ = noticed(changed.tolist(), _baseline(rng), errors) or (5300, "")
        delays += [stop - 300] * (stop > 300)
    return {
        "false alarms per 10,000": 1e4 * sum(called) / (runs * LONG),
        "steady streams called": float(np.mean([n > 0 for n in called])),
        **_told(delays),
        "missed in 5,000": float(np.mean([d >= 5000 for d in delays])),
    }


def _called(rng: np.random.Generator, values: Values, errors: float) -> int:
    """Alarms in a stream whose first answers made the baseline, as in every stream between two alarms."""
    alarms, at = 0, 0
    while found := noticed(values[at:].tolist(), _baseline(rng), errors):
        alarms, at = alarms + 1, at + found[0]
    return alarms


def _baseline(rng: np.random.Generator) -> float:
    return baseline_of(_drawn(rng, BEFORE, BASE))


def _told(delays: list[int]) -> dict[str, float]:
    return {"delay, median": float(np.median(delays)), "delay, 95 %": float(np.quantile(delays, 0.95))}


def watch(values: Values) -> int | None:
    """Answers until the watch calls a fall; None where it never does."""
    one = Watch(BEFORE)
    for i, value in enumerate(values.tolist(), 1):
        if one.add(value):
            if one.direction == "down":
                return i
            one = Watch(BEFORE)
    return None


def cusum(values: Values) -> int | None:
    """The same for Page's test (1954) of a fall to exactly .7."""
    gains = np.asarray(np.where(values > 0, np.log(AFTER / BEFORE), np.log((1 - AFTER) / (1 - BEFORE))))
    total = 0.0
    for i, gain in enumerate(gains.tolist(), 1):
        total = max(0.0, total + gain)
        if total >= CUSUM_H:
            return i
    return None


def _alarms(stops: Callable[[Values], int | None], values: Values) -> list[int]:
    """Where it calls, begun anew after each call."""
    found, at = list[int](), 0
    while (stop := stops(values[at:])) is not None:
        at += stop
        found.append(at)
    return found


def _delay(rng: np.random.Generator, stops: Callable[[Values], int | None]) -> int:
    """Answers from the fall to its alarm; runs that cry wolf before it do not count."""
    while (stop := stops(np.concatenate([_drawn(rng, BEFORE, 300), _drawn(rng, AFTER, 5000)])) or 5300) <= 300:
        pass
    return stop - 300


def _drawn(rng: np.random.Generator, quality: float, n: int) -> Values:
    return (rng.random(n) < quality).astype(float)


def prompts(rng: np.random.Generator, windows: int) -> dict[str, Any]:
    """Share of windows called, without a shift and where half of the prompts are of one kind: by our test and by Hotelling's."""
    rows = [row for part in PARTS for row in labelled(part)]
    kinds = np.array([row["intent"] for row in rows])
    pools = {kind: shared().embed([r["text"] for r in rows if r["intent"] == kind]) for kind in np.unique(kinds)}
    found: dict[str, Any] = {"windows": windows, "prompts of a window": WINDOW, "prompts of the reference": REFERENCE}
    for name, together in {"drawn one by one": 1, "about 5 of a kind in a row": 5}.items():
        calls = np.zeros((2, 2))
        for _ in range(windows):
            reference = _stream(rng, pools, USUAL, REFERENCE, together)
            for column, share in enumerate((USUAL, MORE)):
                window = _stream(rng, pools, share, WINDOW, together)
                calls[:, column] += shift(reference, window).called, hotelling(reference, window) < LEVEL
        for test, (false, right) in zip(("batches permuted", "Hotelling"), calls / windows, strict=True):
            found[f"{name}, {test}"] = {"called without a shift": float(false), "called after one": float(right)}
    return found


def _stream(rng: np.random.Generator, pools: dict[str, Vectors], share: float, n: int, together: int) -> Vectors:
    """n prompts; each kind lasts for a geometric number of them, `together` on average."""
    kinds = list(pools)
    chances = np.array([share if kind == KIND else (1 - share) / (len(kinds) - 1) for kind in kinds])
    lengths = rng.geometric(1 / together, size=n)
    order = np.repeat(rng.choice(len(kinds), size=n, p=chances), lengths)[:n]
    return np.stack([pools[kinds[kind]][rng.integers(len(pools[kinds[kind]]))] for kind in order])


def hotelling(reference: Vectors, window: Vectors) -> float:
    """p of Hotelling's two-sample test (1931) in the directions in which the reference varies most: every prompt a draw of its own."""
    from scipy.stats import f

    n, k = len(reference), len(window)
    moved = reference - reference.mean(axis=0)
    axes = np.linalg.eigh(moved.T @ moved)[1][:, -DIM:]
    old, new = moved @ axes, (window - reference.mean(axis=0)) @ axes
    pooled = ((n - 1) * np.cov(old.T) + (k - 1) * np.cov(new.T)) / (n + k - 2)
    gap = new.mean(axis=0) - old.mean(axis=0)
    squared = float(n * k / (n + k) * gap @ np.linalg.solve(pooled + 1e-12 * np.eye(DIM), gap))
    return float(f.sf(squared * (n + k - DIM - 1) / (DIM * (n + k - 2)), DIM, n + k - DIM - 1))
