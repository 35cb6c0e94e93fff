"""What semantic-router, a library for the same decision as `semantic`, adds to its encoder's time."""

from __future__ import annotations

import statistics
import time
import tomllib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from workbench.embed import shared
from workbench.settings import shipped

ROUNDS = 300
QUESTION = "Write a Python function that reverses a linked list"


def added_us() -> float | None:
    """Median microseconds of a route of a prompt whose vector is known, less the encoder's; None where it is not installed.

    Of all threads, as it works in several; its waiting for them is not counted.
    """
    if find_spec("semantic_router") is None:
        return None
    encoder, router = _made()
    return _median(lambda: router(QUESTION)) - _median(lambda: encoder([QUESTION]))


def _made() -> tuple[Any, Any]:
    """An encoder that gives our vectors, and a router of the intents and utterances that `semantic` has."""
    library, encoders = (import_module(name) for name in ("semantic_router", "semantic_router.encoders"))

    class Encoder(encoders.DenseEncoder):  # type: ignore[misc, name-defined]  # a library that need not be there
        name: str = "ours"
        type: str = "local"

        def __call__(self, docs: list[str]) -> Any:
            return shared().embed(docs).tolist()

    intents = tomllib.loads(shipped("intents.toml").read_text(encoding="utf-8"))
    routes = [library.Route(name=name, utterances=intent["utterances"]) for name, intent in intents.items()]
    encoder = Encoder()
    return encoder, library.IndexedRouter(encoder=encoder, routes=routes)


def _median(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - began) / 1000)
    return statistics.median(times)
