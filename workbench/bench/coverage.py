"""How often off-policy intervals of 95 % hold the truth, by effective sample size: thousands of logs of a known policy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.decisions import FLOOR
from workbench.errors import BadInput
from workbench.metrics.offpolicy import Log, Value, cross_fitted, evaluate

ACTIONS, GROUPS = 4, 3
BANDS = ((30.0, 150.0), (150.0, 400.0), (400.0, 1e9))
SIZES = (120, 400, 1200, 4000)
ESTIMATORS = ("ips", "snips", "doubly_robust")


def measure(runs: int = 600, seed: int = 0) -> dict[str, Any]:
    """Coverage of each estimator in each band of effective sample size, and how often an answer was warned of or refused."""
    rng = np.random.default_rng(seed)
    found: list[tuple[float, Value, float]] = []
    refused = warned = total = 0
    for size in SIZES:
        for _ in range(runs):
            total += 1
            truth, answer = one(rng, size)
            if answer is None:
                refused += 1
                continue
            warned += bool(answer.warning)
            found.append((answer.effective, answer, truth))
    table: dict[str, Any] = {"logs": total, "refused": refused / total, "warned": warned / total}
    for low, high in BANDS:
        some = [(value, truth) for size, value, truth in found if low <= size < high]
        name = f"effective size {low:.0f} to {high:.0f}" if high < 1e9 else f"effective size from {low:.0f}"
        table[name] = {"logs": len(some)} | {e: _covered(some, e) for e in ESTIMATORS}
    return table


def one(rng: np.random.Generator, n: int) -> tuple[float, Value | None]:
    """A log of n rounds by a random policy with a floor, and another random policy's value: the truth, and the answer."""
    reward = rng.uniform(0.2, 0.9, (GROUPS, ACTIONS))
    logging, target = _policy(rng, 1.0), _policy(rng, 0.6)
    group = rng.integers(0, GROUPS, n)
    action = _drawn(rng, logging[group])
    seen = (rng.random(n) < reward[group, action]).astype(float)
    log = Log(action, seen, logging[group, action])
    truth = float((target * reward).sum(axis=1).mean())
    try:
        return truth, evaluate(log, target[group], cross_fitted(log, group, ACTIONS))
    except BadInput:
        return truth, None


def _policy(rng: np.random.Generator, evenness: float) -> NDArray[np.float64]:
    """(groups, actions): random probabilities, none below the floor."""
    drawn = rng.dirichlet(np.full(ACTIONS, evenness), GROUPS)
    return FLOOR + (1 - ACTIONS * FLOOR) * drawn


def _drawn(rng: np.random.Generator, probability: NDArray[np.float64]) -> NDArray[np.intp]:
    point = rng.random(len(probability))[:, None]
    return np.asarray((np.cumsum(probability, axis=1) < point).sum(axis=1).clip(max=ACTIONS - 1), dtype=np.intp)


def _covered(some: list[tuple[Value, float]], name: str) -> float:
    inside = [getattr(value, name).low <= truth <= getattr(value, name).high for value, truth in some]
    return float(np.mean(inside)) if inside else float("nan")
