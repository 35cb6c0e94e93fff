"""Made-up recorded outcomes: small matrices with known answers for tests of replay, fit and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.recorded import Recorded
from workbench.types import Model, Prompt, user

SMALL, BIG = Model("small", 0.1, 0.1), Model("big", 10.0, 10.0)
TOPICS = ("sum up the numbers", "translate the letter", "prove the theorem", "say hello to them")


def recorded(quality: Any, cost: Any = None, models: Sequence[Model] = (SMALL, BIG), **columns: Any) -> Recorded:
    """Outcomes with these (n, m) qualities; a model costs its price in micro-dollars unless told otherwise."""
    found = np.asarray(quality, dtype=float)
    n, m = found.shape
    if cost is None:
        cost = np.broadcast_to([model.price_in * 1e-6 for model in models], (n, m))
    texts = columns.pop("prompts", [f"{TOPICS[i % len(TOPICS)]} number {i}" for i in range(n)])
    pool = tuple(models)
    blank = {
        "latency": np.full((n, m), 0.5),
        "logprob": np.full((n, m), -0.5),
        "tokens": np.full((n, m, 2), 10),
        "errors": np.full((n, m), "", dtype=object),
        "texts": np.full((n, m), "an answer", dtype=object),
        "categories": np.array([TOPICS[i % len(TOPICS)].split()[0] for i in range(n)], dtype=object),
        "splits": np.array(["train" if i % 2 else "test" for i in range(n)], dtype=object),
    }
    prompts = tuple(Prompt(f"q{i:04}", (user(text),), pool) for i, text in enumerate(texts))
    return Recorded(prompts, pool, found, np.asarray(cost, dtype=float), **(blank | columns))
