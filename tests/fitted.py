"""Strategies that are ready to run: those that learn have learned from made-up outcomes of the tests' pool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from tests.pool import MODELS
from tests.recordings import recorded
from workbench.recorded import Recorded
from workbench.registry import Registry
from workbench.strategy import Strategy
from workbench.types import NOTHING

STRATEGIES: Registry[Strategy] = Registry("strategies", Strategy)
PROMPTS = 80


@cache
def outcomes() -> Recorded:
    """Outcomes of the tests' pool: dearer models are right more often, and every one sometimes fails."""
    rng = np.random.default_rng(0)
    quality = (rng.random((PROMPTS, len(MODELS))) < np.linspace(0.4, 0.9, len(MODELS))).astype(float)
    return recorded(
        quality, models=MODELS, logprob=np.where(quality > 0, -0.2, -1.5) + rng.normal(0, 0.2, quality.shape)
    )


@cache
def _learned(name: str) -> dict[str, Any]:
    strategy = STRATEGIES.build(name)
    strategy.fit(outcomes())
    return strategy.state()


def ready(name: str, params: Mapping[str, Any] = NOTHING) -> Strategy:
    """The strategy with these parameters, fitted where it learns."""
    strategy = STRATEGIES.build(name, params)
    if type(strategy).fit is not Strategy.fit:
        strategy.restore(_learned(name))
    return strategy
