"""Runs of several strategies over many days, with their routes, for tests of what is counted of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from tests.store.rows import prompt, run
from workbench.decisions import OTHER, UNFAMILIAR
from workbench.store import Row
from workbench.store.runs import Origin, run_rows
from workbench.types import Decision, Spec

MODELS = ("small", "middle", "large")
INTENTS = ("code", "maths", "chat", "writing", OTHER)


def rows(last: datetime, days: int = 20, per_day: int = 12) -> list[Row]:
    """`semantic` (by intent; large more often in the second half), `random` (by chance), `knn` (one in ten unfamiliar)."""
    rng = np.random.default_rng(0)
    return [row for day in range(days) for row in _day(rng, last - timedelta(days=days - 1 - day), day, days, per_day)]


def _day(rng: np.random.Generator, at: datetime, day: int, days: int, n: int) -> Iterator[Row]:
    for i in range(n):
        moment = at - timedelta(minutes=20 * i)
        intent = INTENTS[int(rng.choice(5, p=[0.3, 0.2, 0.25, 0.15, 0.1]))]
        large = 0.2 if day < days / 2 else 0.6
        yield from routed(
            "semantic", str(rng.choice(MODELS, p=[(1 - large) * 0.7, (1 - large) * 0.3, large])), moment, intent
        )
        yield from routed("random", str(rng.choice(MODELS)), moment, propensity=1 / 3)
        if i % 2:
            yield from routed("knn", "small", moment, UNFAMILIAR if rng.random() < 0.1 else "")


def routed(
    strategy: str, model: str, at: datetime, label: str = "", propensity: float = 1.0, error: str = "", n: int = 0
) -> list[Row]:
    """One run and its decision; `n` tells apart those of one moment. An `error` ends it without an answer."""
    scores = dict.fromkeys(MODELS, 0.0) | {model: 1.0}
    decided = Decision(model, f"{model} was chosen", scores, propensity, label)
    asked = prompt(f"What does {strategy} do?")
    made = run("an answer", model, asked, decisions=[decided], error=error)
    if error:
        made.answer = None
    return run_rows(f"{strategy} {at.isoformat()} {n}", made, Spec(strategy, {}, MODELS), asked, Origin("ask"), at)
