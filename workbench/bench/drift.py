"""How often the drift watch cries wolf, and how soon it sees a fall: thousands of answers of a known quality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics.drift import Watch, shift

Values = NDArray[np.float64]
BEFORE, AFTER = 0.8, 0.7
QUIET = 20_000
"""Answers without a change, of each run."""
CUSUM_H = 5.0
WINDOW, REFERENCE, DIM = 200, 1000, 64


def measure(runs: int = 30, seed: int = 0) -> dict[str, Any]:
    """False alarms per 10,000 answers at quality .8, and the delay to a fall to .7 after some quiet, of the watch and of CUSUM.

    Of the watch only calls of a fall count: it looks for rises as well. Last, shifts of prompts.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"runs": runs, "answers without a change": runs * QUIET}
    for name, stops in {"Shiryaev-Roberts mixture": watch, "CUSUM, h = 5": cusum}.items():
        alarms = sum(len(_alarms(stops, _drawn(rng, BEFORE, QUIET))) for _ in range(runs))
        delays = [_delay(rng, stops) for _ in range(4 * runs)]
        found[name] = {
            "false alarms per 10,000": 1e4 * alarms / (runs * QUIET),
            "delay, median": float(np.median(delays)),
            "delay, 95 %": float(np.quantile(delays, 0.95)),
        }
    found["prompts, Hotelling at .001"] = prompts(rng, 20 * runs)
    return found


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


def prompts(rng: np.random.Generator, windows: int) -> dict[str, float]:
    """Share of windows called, of the same prompts and of prompts that moved by 0.6 standard deviations in one direction."""
    reference = rng.normal(size=(REFERENCE, DIM)) * np.geomspace(2, 0.2, DIM)
    same, moved = 0, 0
    for _ in range(windows):
        window = rng.normal(size=(WINDOW, DIM)) * np.geomspace(2, 0.2, DIM)
        same += shift(reference, window).called
        window[:, 0] += 1.2
        moved += shift(reference, window).called
    return {"called without a shift": same / windows, "called after one": moved / windows}
