"""What learned strategies know: fitted from a data set, kept under the user's home, given back when a strategy is built.

A fit is one .npz file of plain arrays and JSON: nothing in it is ever run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from workbench import __version__
from workbench.errors import BadInput
from workbench.outcomes import Outcomes
from workbench.recorded import Recorded
from workbench.registry import Registry
from workbench.strategy import Strategy
from workbench.types import content_key

from .folds import SEEN, TRAIN
from .specs import name_of, params_of

META = "meta"


class Fits:
    """The fits of one user, one for each strategy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def save(self, name: str, strategy: Strategy, about: Mapping[str, Any]) -> Path:
        """Keep what it learned, in place of the fit before. Raises BadInput where it learns nothing or cannot be written."""
        state = strategy.state()
        if not state:
            raise BadInput(f"{name} learns nothing from recorded outcomes: there is nothing to fit")
        arrays: dict[str, Any] = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
        plain = {key: value for key, value in state.items() if key not in arrays}
        meta = json.dumps({"state": plain, "about": dict(about)}, sort_keys=True)
        path = self.path(name)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, **arrays | {META: np.array(meta)})
            os.replace(part, path)
        except OSError as error:
            raise BadInput(f"{path} cannot be written: {error.strerror or error}") from None
        finally:
            with suppress(OSError):  # most often: it has become the fit
                part.unlink()
        return path

    def restore(self, name: str, strategy: Strategy) -> None:
        """Give a strategy what was learned for it, if anything was. Raises BadInput for a file that cannot be read."""
        stamp = self.stamp(name) if learns(strategy) else 0
        if not stamp:
            return
        path = self.path(name)
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                state = {key: file[key] for key in file.files if key != META}
                state |= json.loads(str(file[META]))["state"]
            strategy.restore(state)
        except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"what {name} learned cannot be read from {path} ({error}): run `workbench fit {name}` anew"
            ) from None
        strategy.learned_at = stamp

    def refresh(self, strategy: Strategy) -> None:
        """Give it, and what it wraps, what was learned since it was built. Raises BadInput."""
        name = name_of(strategy)
        if learns(strategy) and self.stamp(name) != strategy.learned_at:
            self.restore(name, strategy)
        for wrapped in vars(strategy).values():
            if isinstance(wrapped, Strategy):
                self.refresh(wrapped)

    def stamp(self, name: str) -> int:
        """When the strategy last learned, in nanoseconds; 0 for never."""
        try:
            return self.path(name).stat().st_mtime_ns
        except OSError:
            return 0


def learns(strategy: Strategy) -> bool:
    """From recorded outcomes, or while it serves."""
    return type(strategy).fit is not Strategy.fit or type(strategy).observe is not Strategy.observe


class FittedStrategies(Registry[Strategy]):
    """The strategies, each built with what was learned for it."""

    def __init__(self, fits: Fits) -> None:
        super().__init__("strategies", Strategy)  # type: ignore[type-abstract]
        self.fits = fits

    def build(self, name: str, params: Mapping[str, Any] | None = None) -> Strategy:
        strategy = super().build(name, params)
        self.fits.restore(name, strategy)
        return strategy

    def online(self) -> list[str]:
        """Names of those that learn while they serve."""
        return [name for name in self.names() if self.load(name).observe is not Strategy.observe]

    def scheduled(self) -> list[str]:
        """Names of those that a job fits anew."""
        return [name for name in self.names() if self.load(name).refit_days is not None]


def fit(fits: Fits, strategies: Registry[Strategy], name: str, params: Mapping[str, Any], data: Outcomes) -> Path:
    """Fit a strategy on the prompts of a data set that are there to learn from, and keep it.

    Raises BadParameter, UnknownPlugin or BadInput.
    """
    strategy = strategies.build(name, params)
    recorded = learnable(data.recorded())
    strategy.fit(recorded)
    return fits.save(name, strategy, _about(strategy, data, recorded))


def learnable(recorded: Recorded) -> Recorded:
    """The rows marked train; where none is, all but those marked contaminated. What is left can judge what was learned."""
    train = recorded.splits == TRAIN
    return recorded.take(train if train.any() else recorded.splits != SEEN)


def held(strategy: Strategy) -> str:
    """Hash of what a strategy and those it wraps learned from recorded outcomes; '' for nothing.

    What learns while it serves is left out: it changes with every vote, as it is meant to.
    """
    known = [held(wrapped) for wrapped in vars(strategy).values() if isinstance(wrapped, Strategy)]
    if strategy.learned_at and type(strategy).observe is Strategy.observe:
        state = strategy.state()
        plain = {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
        arrays = [[name, v.dtype.str, v.shape, content_key(v.tobytes().hex())] for name, v in _arrays(state)]
        known.append(content_key([plain, arrays]))
    return content_key(found) if (found := [key for key in known if key]) else ""


def _arrays(state: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in state.items() if isinstance(value, np.ndarray))


def _about(strategy: Strategy, data: Outcomes, recorded: Recorded) -> dict[str, Any]:
    return {
        "params": params_of(strategy),
        "data": data.name,
        "data_key": data.key,
        "prompts": len(recorded),
        "models": list(recorded.ids),
        "workbench": __version__,
    }
