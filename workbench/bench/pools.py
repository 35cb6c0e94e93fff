"""Recorded outcomes on which choosing by the prompt pays: our own recording of two models, and made-up ones of eleven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench import outcomes
from workbench.embed import shared
from workbench.recorded import Recorded
from workbench.settings import shipped
from workbench.types import Model

RECORDING = "reasoning"
MODELS = 11
STRONG = 4.0
"""How far a model's chance to be right swings with what the prompt is about, in logits for one standard deviation."""


def two() -> Recorded:
    """The committed recording: what each local model got right."""
    return outcomes.read(shipped("outcomes") / f"{RECORDING}.parquet").recorded()


def eleven(recorded: Recorded) -> Recorded:
    """The same prompts, answered by eleven models that do not exist.

    Dearer ones are right more often, and each is good at a direction of its own among the prompts' vectors.
    """
    rng, n = np.random.default_rng(0), len(recorded)
    pool = tuple(
        Model(f"model-{i:02}", price, 3 * price) for i, price in enumerate(np.geomspace(0.05, 10, MODELS).tolist())
    )
    vectors = shared().embed([p.text for p in recorded.prompts])
    liking = vectors @ rng.standard_normal((vectors.shape[1], MODELS))
    liking = (liking - liking.mean(axis=0)) / liking.std(axis=0)
    chance = 1 / (1 + np.exp(-np.linspace(-1.0, 1.0, MODELS) - STRONG * liking))
    shape, blank = (n, MODELS), np.full((n, MODELS), "", dtype=object)
    return Recorded(
        prompts=tuple(replace(p, models=pool) for p in recorded.prompts),
        models=pool,
        quality=(rng.random(shape) < chance).astype(float),
        cost=np.tile([m.price_out * 1e-4 for m in pool], (n, 1)),
        latency=np.full(shape, 0.5),
        logprob=np.full(shape, np.nan),
        tokens=np.full((*shape, 2), 100),
        errors=blank,
        texts=blank,
        categories=recorded.categories,
        splits=recorded.splits,
    )
