"""How long `complexity` takes to decide: over the example prompts, and over each of them grown to 2 kB."""

from __future__ import annotations

import statistics
import time
import tomllib
from typing import Any

from workbench.registry import Registry
from workbench.settings import shipped
from workbench.strategy import Router, Strategy
from workbench.types import Model, Prompt, user

POOL = (Model("small", 0.1, 0.2), Model("middle", 0.5, 1.0), Model("large", 3.0, 9.0))
LONG = 2048
"""Characters of the long prompts."""


def measure(rounds: int = 50) -> dict[str, Any]:
    """Microseconds per decision, on one thread."""
    texts = [text for category in _examples().values() for text in category["prompts"]]
    long = [(f"{text} " * LONG)[:LONG] for text in texts]
    router = Registry("strategies", Strategy).build("complexity")  # type: ignore[type-abstract]
    assert isinstance(router, Router)
    return {
        "prompts": len(texts),
        "rounds": rounds,
        **_figures("decision", _times(router, texts, rounds)),
        **_figures("decision_2kb", _times(router, long, rounds)),
    }


def _examples() -> dict[str, Any]:
    return tomllib.loads(shipped("prompts.toml").read_text(encoding="utf-8"))


def _times(router: Router, texts: list[str], rounds: int) -> list[float]:
    prompts = [Prompt(str(i), (user(text),), POOL) for i, text in enumerate(texts)]
    times = []
    for _ in range(rounds):
        for prompt in prompts:
            started = time.perf_counter_ns()
            router.decide(prompt)
            times.append((time.perf_counter_ns() - started) / 1000)
    return times


def _figures(name: str, times: list[float]) -> dict[str, float]:
    return {f"{name}_us_median": statistics.median(times), f"{name}_us_p99": statistics.quantiles(times, n=100)[98]}
