"""How long every router takes to decide, on one thread: prompts known and new, and 10,000 at once, of two models and of eleven.

Routers are fitted where choosing by the prompt pays (`pools`), so that it is the whole way that is timed and not a short cut:
`learned` tells whether the router's own test let it predict, `routes` the share of unseen prompts that it does not send to its
favourite. Known prompts have their vectors in memory, those of a batch lie on disk, new ones are embedded with MiniLM and
kept. Times are of the deciding thread's processor, so that who else is busy on the machine is not counted; strategies that
decide while they ask are not routers and not here. `ratio` sets what a known prompt's decision adds to looking its vector up
against what semantic-router, with the utterances of `semantic`, adds to its encoder, where that is installed.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench import embed
from workbench.bench import pools, semantic_router
from workbench.embed import Cached, Embedder, Vectors
from workbench.minilm import MiniLM
from workbench.recorded import Recorded
from workbench.registry import Registry
from workbench.settings import Settings, shipped
from workbench.strategy import Router, Strategy
from workbench.types import Prompt, user

BATCH = 10_000
LONG = 2048
"""Characters of the long prompts."""
TOKENS = (8, 16, 32, 64, 128, 256)
"""Lengths of the texts that MiniLM is timed with."""
STEP = 20
"""One in so many of the recorded test prompts is timed, beside the examples of the Compare page."""


class Drawn:
    """A vector by chance for each text, the same every time."""

    name, dim = MiniLM.name, MiniLM.dim
    """It stands in MiniLM's place: what was fitted with that one's vectors takes these."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        found = np.stack([_generator(text).standard_normal(self.dim, dtype=np.float32) for text in texts])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def _generator(text: str) -> np.random.Generator:
    return np.random.default_rng(list(hashlib.blake2b(text.encode(), digest_size=8).digest()))


class Watched(Cached):
    """Knows whether it was asked."""

    asked = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked = True
        return super().embed(texts)


def measure(
    environ: Mapping[str, str], rounds: int = 20, batch: int = BATCH, names: Sequence[str] = ()
) -> dict[str, Any]:
    """The figures of these routers (all), for each pool. Vectors of the recorded prompts are kept in the user's cache."""
    with _embedding(embed.cached(Settings.from_env(dict(environ)).cache)):
        recorded, peer = pools.two(), semantic_router.added_us()
        both = {"two_models": recorded, "eleven_models": pools.eleven(recorded)}
        tables = {name: _table(pool, names, rounds, batch, peer) for name, pool in both.items()}
    return {"rounds": rounds, "batch": batch, "semantic_router_us": peer, "minilm": _lengths(rounds), **tables}


def medians(environ: Mapping[str, str], rounds: int = 20) -> dict[str, Any]:
    """Median microseconds of every router for a known prompt of the recorded two models, and milliseconds to embed a new one."""
    with _embedding(embed.cached(Settings.from_env(dict(environ)).cache)):
        recorded = pools.two()
        fitted = _fitted(recorded, ())
        known = {name: statistics.median(Timed(router, prompts, rounds).known()) for name, router, prompts, _ in fitted}
        texts = [[p.text] for p in _prompts(recorded)]
        return {"known_us": known, "embed_ms": statistics.median(_us(MINILM.embed, text) / 1000 for text in texts)}


def _lengths(rounds: int) -> list[dict[str, float]]:
    """Median milliseconds to embed texts of so many tokens."""
    said = {tokens: [" ".join(["word"] * (tokens - 2))] for tokens in TOKENS}  # two more stand for its ends
    times = {tokens: [_us(MINILM.embed, text) / 1000 for _ in range(rounds)] for tokens, text in said.items()}
    return [{"tokens": tokens, "ms": statistics.median(found)} for tokens, found in times.items()]


@contextmanager
def _embedding(embedder: Embedder) -> Iterator[None]:
    before = embed.shared()
    embed.use(embedder)
    try:
        yield
    finally:
        embed.use(before)


def _table(
    recorded: Recorded, names: Sequence[str], rounds: int, batch: int, peer: float | None
) -> list[dict[str, Any]]:
    return [
        {"router": name, **_routes(router, test), **Timed(router, prompts, rounds).figures(batch, peer)}
        for name, router, prompts, test in _fitted(recorded, names)
    ]


def _fitted(recorded: Recorded, names: Sequence[str]) -> Iterator[tuple[str, Router, list[Prompt], Recorded]]:
    """Every router that learned from the train split, the prompts it is timed on, and the test split."""
    strategies: Registry[Strategy] = Registry("strategies", Strategy)
    train, test = (recorded.take(recorded.splits == split) for split in ("train", "test"))
    for name in names or strategies.names():
        if isinstance(router := strategies.build(name), Router):
            router.fit(train)
            yield name, router, _prompts(recorded), test


def _prompts(recorded: Recorded) -> list[Prompt]:
    """The examples of the Compare page and some recorded test prompts."""
    test = recorded.take(recorded.splits == "test")
    said = [*_examples(), *(p.text for p in test.prompts[::STEP])]
    return [Prompt(str(i), (user(text),), recorded.models) for i, text in enumerate(said)]


def _examples() -> list[str]:
    tables = tomllib.loads(shipped("prompts.toml").read_text(encoding="utf-8"))
    return [text for category in tables.values() for text in category["prompts"]]


def _routes(router: Router, test: Recorded) -> dict[str, Any]:
    chosen = Counter(decision.model for decision in router.decide_all(test.prompts))
    return {"learned": router.state().get("helps"), "routes": 1 - max(chosen.values()) / len(test)}


@dataclass(frozen=True)
class Timed:
    """One fitted router, and the prompts that it decides one by one."""

    router: Router
    prompts: list[Prompt]
    rounds: int

    def figures(self, batch: int, peer: float | None) -> dict[str, Any]:
        known = self.known()
        long = self._times([_saying(p, (f"{p.text} " * LONG)[:LONG]) for p in self.prompts], max(1, self.rounds // 4))
        new = self._new()
        lookup = 0.0 if new is None else self._lookup()
        return {
            "us": statistics.median(known),
            "us_p99": _p99(known),
            "ratio": (statistics.median(known) - lookup) / peer if peer else None,
            "2kb_us": statistics.median(long),
            "2kb_us_p99": _p99(long),
            "new_ms": new,
            "batch_s": self._batch(batch),
        }

    def known(self) -> list[float]:
        """Microseconds of every decision about prompts that were decided before."""
        return self._times(self.prompts, self.rounds)

    def _times(self, prompts: list[Prompt], rounds: int) -> list[float]:
        for prompt in prompts:
            self.router.decide(prompt)
        return [_us(self.router.decide, prompt) for _ in range(rounds) for prompt in prompts]

    def _lookup(self) -> float:
        """Median microseconds to find a known prompt's vector."""
        one = [[p.text] for p in self.prompts] * self.rounds
        return statistics.median(_us(embed.shared().embed, texts) for texts in one)

    def _new(self) -> float | None:
        """Median milliseconds of prompts that are embedded, kept on disk and decided; None where nothing is embedded."""
        with (
            tempfile.TemporaryDirectory() as folder,
            _embedding(watched := Watched(MINILM, Path(folder) / "new.sqlite")),
        ):
            self.router.decide(_saying(self.prompts[0], "whatever is loaded or embedded once"))
            times = [_us(self.router.decide, prompt) / 1000 for prompt in self.prompts]
            return statistics.median(times) if watched.asked else None

    def _batch(self, size: int) -> float:
        """Seconds for so many prompts, no two alike, whose vectors are on disk."""
        many = [_saying(p, f"{p.text} ({i})") for i in range(size) for p in [self.prompts[i % len(self.prompts)]]]
        with tempfile.TemporaryDirectory() as folder, _embedding(Cached(Drawn(), Path(folder) / "batch.sqlite")):
            self.router.decide_all(many)
            return _us(self.router.decide_all, many) / 1e6


MINILM = MiniLM(threads=1)


def _saying(prompt: Prompt, text: str) -> Prompt:
    return replace(prompt, messages=(user(text),))


def _us(work: Callable[[Any], Any], given: Any) -> float:
    started = time.thread_time_ns()
    work(given)
    return (time.thread_time_ns() - started) / 1000


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
