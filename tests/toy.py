"""A small data set in a user's folder: what replays need, with figures that a test can work out by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workbench.outcomes import write

MODELS = {"tiny": 1e-6, "middling": 1e-5, "large": 1e-4}
"""USD for each call."""
TOPICS = ("add", "prove", "greet", "translate")
HOSTILE = '<img src=x onerror="document.title=1"> & "quotes"'
"""The first prompt: nothing in it may become markup."""


def rows(n: int = 80, seed: int = 0) -> Iterator[dict[str, Any]]:
    """n prompts by three models; the dearer does better, most of all where something is to be proved."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        topic = TOPICS[i % len(TOPICS)]
        skill = (0.1, 0.3, 0.9) if topic == "prove" else (0.5, 0.7, 0.8)
        text = HOSTILE if i == 0 else f"{topic} the {i}th thing, then say {'why ' * (i % 9)}it is so"
        for (model, cost), chance in zip(MODELS.items(), skill, strict=True):
            yield {
                "dataset": "toy",
                "split": "test" if i % 3 else "train",
                "category": topic,
                "query_id": f"q{i:05}",
                "prompt": text,
                "model": model,
                "response": f"{model} says {i}",
                "quality": float(rng.random() < chance),
                "cost_usd": cost,
                "cost_basis": "recorded",
                "prompt_tokens": 20,
                "completion_tokens": 10,
                "latency_ms": 100.0 + cost * 1e7,
                "confidence": float(-rng.random()),
            }


def make(home: Path, name: str = "toy", n: int = 80) -> Path:
    """Write it where a user's data sets lie. Returns the file."""
    path = home / "data" / f"{name}.parquet"
    write(rows(n), path)
    return path
