"""How long every router takes to decide, on one thread: over the example prompts, known and new, and 10,000 at once.

Learned routers are fitted on made-up outcomes with vectors drawn by chance: as much to compare with as real ones, and no model to
wait for. Only `new` embeds with MiniLM. Times are of the deciding thread's processor, so that who else is busy on the machine is not
counted; strategies that decide while they ask are not routers and not here.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench import embed
from workbench.embed import Cached, Embedder, MiniLM, Vectors
from workbench.recorded import Recorded
from workbench.registry import Registry
from workbench.settings import shipped
from workbench.strategy import Router, Strategy
from workbench.types import Model, Prompt, user

POOL = (Model("small", 0.1, 0.2), Model("middle", 0.5, 1.0), Model("large", 3.0, 9.0))
LEARNED = 1000
"""Prompts with outcomes of every model."""
BATCH = 10_000
LONG = 2048
"""Characters of the long prompts."""


class Drawn:
    """A vector by chance for each text, the same every time; knows whether it was asked."""

    name, dim = "drawn by chance", MiniLM.dim

    def __init__(self) -> None:
        self.asked = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked = True
        found = np.stack([_generator(text).standard_normal(self.dim, dtype=np.float32) for text in texts])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def _generator(text: str) -> np.random.Generator:
    return np.random.default_rng(list(hashlib.blake2b(text.encode(), digest_size=8).digest()))


def measure(rounds: int = 20, batch: int = BATCH) -> dict[str, Any]:
    """Microseconds per decision: median and 99th percentile of known prompts, of 2 kB ones, and of prompts not embedded yet."""
    texts = [text for category in _examples().values() for text in category["prompts"]]
    strategies: Registry[Strategy] = Registry("strategies", Strategy)  # type: ignore[type-abstract]
    before = embed.shared()
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = [
                _row(name, router, texts, rounds, batch, Path(folder))
                for name in strategies.names()
                if isinstance(router := strategies.build(name), Router)
            ]
    finally:
        embed.use(before)
    return {"prompts": len(texts), "rounds": rounds, "batch": batch, "routers": rows}


def _row(name: str, router: Router, texts: list[str], rounds: int, batch: int, folder: Path) -> dict[str, Any]:
    drawn = Drawn()
    embed.use(Cached(drawn, folder / f"{name}.drawn.sqlite"))
    router.fit(_outcomes())
    drawn.asked = False
    long = [(f"{text} " * LONG)[:LONG] for text in texts]
    return {
        "router": name,
        **_figures("us", _times(router, _prompts(texts), rounds)),
        **_figures("2kb_us", _times(router, _prompts(long), max(1, rounds // 4))),
        "new_us_median": _new(router, texts, folder / f"{name}.sqlite") if drawn.asked else None,
        "batch_s": _batch(router, batch),
    }


def _examples() -> dict[str, Any]:
    return tomllib.loads(shipped("prompts.toml").read_text(encoding="utf-8"))


def _prompts(texts: Sequence[str]) -> list[Prompt]:
    return [Prompt(str(i), (user(text),), POOL) for i, text in enumerate(texts)]


def _outcomes() -> Recorded:
    """Dearer models are right more often."""
    rng = np.random.default_rng(0)
    shape = LEARNED, len(POOL)
    quality = (rng.random(shape) < np.linspace(0.4, 0.9, len(POOL))).astype(float)
    blank = np.full(shape, "", dtype=object)
    return Recorded(
        prompts=tuple(_prompts([f"made-up prompt {i}" for i in range(LEARNED)])),
        models=POOL,
        quality=quality,
        cost=np.tile([m.price_out * 1e-4 for m in POOL], (LEARNED, 1)),
        latency=np.full(shape, 0.5),
        logprob=np.full(shape, np.nan),
        tokens=np.full((*shape, 2), 100),
        errors=blank,
        texts=blank,
        categories=np.full(LEARNED, "made up", dtype=object),
        splits=np.full(LEARNED, "train", dtype=object),
    )


def _times(router: Router, prompts: list[Prompt], rounds: int) -> list[float]:
    for prompt in prompts:
        router.decide(prompt)
    return [_once(router, prompt) for _ in range(rounds) for prompt in prompts]


def _figures(name: str, times: list[float]) -> dict[str, float]:
    return {f"{name}_median": statistics.median(times), f"{name}_p99": statistics.quantiles(times, n=100)[98]}


def _new(router: Router, texts: list[str], path: Path) -> float:
    """Median of prompts that are embedded, kept on disk and decided."""
    embed.use(Cached(MiniLM(threads=1), path))
    router.decide(_prompts(["whatever is loaded or embedded once"])[0])
    return statistics.median(_once(router, prompt) for prompt in _prompts(texts))


def _once(router: Router, prompt: Prompt) -> float:
    started = time.thread_time_ns()
    router.decide(prompt)
    return (time.thread_time_ns() - started) / 1000


def _batch(router: Router, size: int) -> float:
    """Seconds for so many prompts whose vectors are on disk."""
    with tempfile.TemporaryDirectory() as folder:
        embedder: Embedder = Cached(Drawn(), Path(folder) / "batch.sqlite")
        embed.use(embedder)
        prompts = _prompts([f"made-up prompt {i} of a batch" for i in range(size)])
        router.decide_all(prompts)
        started = time.thread_time()
        router.decide_all(prompts)
        return time.thread_time() - started
