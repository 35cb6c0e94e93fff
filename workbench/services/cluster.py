"""Where work is done: on this machine, or by the same functions on a Ray cluster, with the same results in the same order.

Work is a function of a module, something that all of it shares, and an item for each piece. What it raises is raised here. A cluster's
machines need this package, at the same version, and for recordings the keys of hosted models in the environment that `ray start` was
run in: neither keys nor anything else of this machine's environment travels. Vectors of one prompt may differ in the last bit between
kinds of processors, so that equal bytes are promised for machines of one kind.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from workbench import embed
from workbench.errors import BadInput, WorkbenchError

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")
START = "start one with `ray start --head` (and `ray start --address HOST:6379` on every other machine), or name one in RAY_ADDRESS"


class Machines(Protocol):
    def map(self, function: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
        """function(shared, item) for every item, in their order. Raises what the function raised first."""
        ...

    def together(self, tasks: Sequence[Callable[[], R]]) -> list[R]:
        """What these tasks, which map pieces themselves, return; in their order."""
        ...


class Here:
    """One after another, each when it is asked for."""

    def map(self, function: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
        return (function(shared, item) for item in items)

    def together(self, tasks: Sequence[Callable[[], R]]) -> list[R]:
        return [task() for task in tasks]


HERE = Here()


class Cluster:
    """All pieces at once, as many as there are processors for. `shared` travels once to each machine."""

    def __init__(self, cache: Path, model: str = "") -> None:
        """`cache`, `model`: the folder of embeddings on every machine, and what makes them (`embed.cached`). Raises BadInput where Ray is not installed or no cluster runs."""
        self.ray, self._embedder = connected(), (cache, model)

    def map(self, function: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
        everywhere = self.ray.put(shared)
        there = self.ray.remote(_there)
        pending = [there.remote(self._embedder, function, everywhere, item) for item in items]
        return (self._got(one) for one in pending)

    def together(self, tasks: Sequence[Callable[[], R]]) -> list[R]:
        with ThreadPoolExecutor(len(tasks) or 1) as pool:
            return list(pool.map(lambda task: task(), tasks))

    def _got(self, pending: Any) -> Any:
        try:
            return self.ray.get(pending)
        except self.ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise (cause if isinstance(cause, WorkbenchError) else error) from None
        except self.ray.exceptions.RayError as error:
            raise BadInput(f"the Ray cluster lost this work: {error}") from None


def _there(embedder: tuple[Path, str], function: Callable[[S, T], R], shared: S, item: T) -> R:
    """What a processor of the cluster does."""
    embed.use(_embedder(*embedder))
    return function(shared, item)


@lru_cache(1)
def _embedder(cache: Path, model: str) -> embed.Embedder:
    """One for each process, so that its weights are loaded once."""
    return embed.cached(cache, model=model)


def machines(place: str, cache: Path, model: str = "") -> Machines:
    """`here` or `ray`. Raises BadInput where there is no cluster."""
    return Cluster(cache, model) if place == "ray" else HERE


def connected() -> Any:
    """The module ray, connected to a running cluster. Raises BadInput."""
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        raise BadInput("Ray is not installed: pip install 'routing-workbench[ray]'") from None
    if not ray.is_initialized():
        try:
            ray.init(address="auto", log_to_driver=False, logging_level="error")
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise BadInput(f"no Ray cluster can be reached ({error}): {START}") from None
    return ray
