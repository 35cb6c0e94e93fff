"""What learning while serving costs: a bandit meets recorded prompts one by one and is told of its own answers only.

Regret is the utility, (1 - lambda) x quality - lambda x cost / (the dearest model's mean cost), that the best choice for each prompt
would have added. Beside it: every fixed model, and epsilon-greedy on running means, which looks at no prompt.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import outcomes
from workbench.metrics import bootstrap
from workbench.recorded import Floats, Recorded
from workbench.registry import Registry
from workbench.strategy import Router, Strategy
from workbench.types import Feedback

LAMBDA, EPSILON = 0.2, 0.1
METHODS = ("thompson", "linucb")


def measure(data: str = "reasoning", seeds: int = 3) -> dict[str, Any]:
    """Mean regret of each policy over all prompts, in several orders, with 95 % intervals by prompt."""
    recorded = outcomes.load(data, Path()).recorded()
    recorded = recorded.take(recorded.covered)
    worth = utility(recorded)
    lost = {f"always {m}": worth.max(axis=1) - worth[:, i] for i, m in enumerate(recorded.ids)}
    lost["epsilon-greedy"] = _over(seeds, worth, lambda order, seed: epsilon_greedy(worth, order, seed))
    for method in METHODS:
        lost[f"bandit, {method}"] = _over(seeds, worth, lambda order, seed, m=method: bandit(recorded, order, seed, m))
    drawn = bootstrap.weights(len(recorded))
    return {
        "prompts": len(recorded),
        "orders": seeds,
        "lambda": LAMBDA,
        "regret": {name: bootstrap.mean(values, drawn).as_json() for name, values in lost.items()},
    }


def utility(recorded: Recorded) -> Floats:
    """(n, m)."""
    scale = float(recorded.cost.mean(axis=0).max()) or 1.0
    return np.asarray((1 - LAMBDA) * recorded.quality - LAMBDA * recorded.cost / scale)


def _over(seeds: int, worth: Floats, policy: Any) -> Floats:
    """(n,): regret of each prompt, averaged over random orders."""
    lost = np.zeros(len(worth))
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(worth))
        lost += worth.max(axis=1) - worth[np.arange(len(worth)), policy(order, seed)]
    return lost / seeds


def epsilon_greedy(worth: Floats, order: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """(n,): the best mean so far, but one time in ten any model."""
    rng = np.random.default_rng(1000 + seed)
    chosen = np.empty(len(worth), dtype=np.intp)
    total, count = np.zeros(worth.shape[1]), np.zeros(worth.shape[1])
    for row in order.tolist():
        means = np.where(count > 0, total / np.maximum(count, 1), np.inf)
        at = int(rng.integers(worth.shape[1])) if rng.random() < EPSILON else int(means.argmax())
        chosen[row] = at
        total[at] += worth[row, at]
        count[at] += 1
    return chosen


def bandit(recorded: Recorded, order: NDArray[np.intp], seed: int, method: str) -> NDArray[np.intp]:
    """(n,): what it chose, told after each prompt how good the chosen model's answer was."""
    params = {"method": method, "lambda": LAMBDA, "seed": seed}
    strategy = Registry("strategies", Strategy).build("bandit", params)
    assert isinstance(strategy, Router)
    chosen = np.empty(len(recorded), dtype=np.intp)
    for row in order.tolist():
        prompt = recorded.prompts[row]
        at = recorded.ids.index(strategy.decide(prompt).model)
        strategy.observe(Feedback(prompt, recorded.ids[at], float(recorded.quality[row, at])))
        chosen[row] = at
    return chosen
