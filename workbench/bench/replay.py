"""How long a sweep over 36,000 prompts x 11 models x 100 prices takes, beside the plain numpy and pandas loops over the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics import bootstrap, frontier
from workbench.metrics.sweep import choices, realised

Matrix = NDArray[np.float32]
PROMPTS, MODELS, PRICES = 36_000, 11, 100
ROUNDS = 5


def measure(prompts: int = PROMPTS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Median seconds of each way, interleaved, and their ratios; the choices must be the same."""
    data = Data(prompts)
    same = bool((data.sweep()[0] == data.loop()[0]).all())
    times = _interleaved({"sweep": data.sweep, "numpy": data.loop, "pandas": data.frames}, rounds)
    tenth = _interleaved({"sweep": Data(prompts // 10).sweep}, rounds)["sweep"]
    began = time.perf_counter()
    data.resampled()
    return {
        "prompts": prompts,
        "models": MODELS,
        "prices": PRICES,
        "sweep_s": times["sweep"],
        "numpy_s": times["numpy"],
        "pandas_s": times["pandas"],
        "ratio_numpy": times["sweep"] / times["numpy"],
        "ratio_pandas": times["sweep"] / times["pandas"],
        "same_choices": same,
        "ratio_to_a_tenth_of_the_rows": times["sweep"] / tenth,
        "bootstrap_1000_s": time.perf_counter() - began,
    }


class Data:
    """Made-up predictions and outcomes of models that differ in quality and cost."""

    def __init__(self, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        skill, price = np.linspace(0.3, 0.85, MODELS), np.geomspace(1e-5, 2e-2, MODELS)
        self.quality: Matrix = (rng.random((n, MODELS)) < skill).astype(np.float32)
        self.cost: Matrix = (price * rng.lognormal(0, 0.4, (n, MODELS))).astype(np.float32)
        self.expected: Matrix = (skill + rng.normal(0, 0.15, (n, MODELS))).astype(np.float32)
        self.expected_cost: Matrix = np.tile(self.cost.mean(axis=0), (n, 1))
        self.prices = np.array([0.0, *np.geomspace(0.5, 1e5, PRICES - 1)], dtype=np.float32)

    def sweep(self) -> tuple[NDArray[np.uint8], Any]:
        """What the workbench does: all choices, then what they gave, prompt by prompt."""
        chosen = choices(self.expected, self.expected_cost, self.prices.tolist())
        return chosen, (realised(chosen, self.quality).mean(axis=1), realised(chosen, self.cost).mean(axis=1))

    def loop(self) -> tuple[NDArray[np.uint8], Any]:
        """The plain way: for each price a utility, its argmax by row, and the means of what was chosen."""
        rows, points, chosen = np.arange(len(self.quality)), [], []
        utility = np.empty_like(self.expected)
        for price in self.prices:
            np.multiply(self.expected_cost, -price, out=utility)
            utility += self.expected
            best = utility.argmax(axis=1)
            points.append((self.quality[rows, best].mean(), self.cost[rows, best].mean()))
            chosen.append(best)
        return np.array(chosen, dtype=np.uint8), points

    def frames(self) -> Any:
        import pandas as pd

        expected, cost = pd.DataFrame(self.expected), pd.DataFrame(self.expected_cost)
        rows, points = np.arange(len(self.quality)), []
        for price in self.prices:
            best = (expected - price * cost).idxmax(axis=1).to_numpy()
            points.append((self.quality[rows, best].mean(), self.cost[rows, best].mean()))
        return points

    def resampled(self) -> Any:
        """Every point and the AIQ in 1,000 resamples of the prompts."""
        chosen = choices(self.expected, self.expected_cost, self.prices.tolist())
        drawn = bootstrap.weights(len(self.quality))
        cost, quality = (bootstrap.means(realised(chosen, x), drawn) for x in (self.cost, self.quality))
        low, high = float(self.cost.mean(axis=0).min()), float(self.cost.mean(axis=0).max())
        return bootstrap.curve(cost, quality, lambda c, q: frontier.aiq(c, q, low, high))


def _interleaved(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median seconds of each, taking turns, so that a busy machine is busy for all of them."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}
