"""What learned strategies know: fitted from a data set, kept under the user's home, given back when a strategy is built.

A fit is one .npz file of plain arrays and JSON: nothing in it is ever run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from workbench import __version__
from workbench.embed import Embedder, mismatch, watched
from workbench.errors import BadInput, BadParameter
from workbench.outcomes import Outcomes
from workbench.recorded import Recorded
from workbench.registry import Param, Registry
from workbench.strategy import Strategy
from workbench.types import Model, content_key
from workbench.votes import Votes

from .folds import SEEN, TRAIN
from .specs import learned_params, name_of, params_of

META = "meta"
FIRST = "all-MiniLM-L6-v2-int8-1"
"""The embedder of fits that do not say theirs, as the first versions made them."""


class Fits:
    """The fits of one user, one for each strategy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def at(cls, home: Path) -> Fits:
        """Those of the user whose home this is."""
        return cls(home / "fits")

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def save(self, name: str, strategy: Strategy, about: Mapping[str, Any], embedders: Sequence[Embedder] = ()) -> Path:
        """Keep what it learned, in place of the fit before. Raises BadInput where it learns nothing or cannot be written.

        `embedders`: what it asked for vectors while it learned (`embed.watched`); they are needed to use it, too.
        """
        state = strategy.state()
        if not state:
            raise BadInput(f"{name} learns nothing from recorded outcomes: there is nothing to fit")
        arrays: dict[str, Any] = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
        plain = {key: value for key, value in state.items() if key not in arrays}
        made = {"name": embedders[-1].name, "dim": embedders[-1].dim} if embedders else None
        meta = json.dumps({"state": plain, "about": dict(about), "embedder": made}, sort_keys=True)
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
        """Give a strategy what was learned for it, if anything was.

        Raises BadInput for a file that cannot be read, and for one that was fitted with another embedder; BadParameter where
        what takes part when it is fitted is not what the fit was made with.
        """
        stamp = self.stamp(name) if learns(strategy) else 0
        if not stamp:
            if observes(type(strategy)):  # its first vote makes a fit, with the defaults
                _agree(name, strategy, learned_params(type(strategy)))
            return
        with self._opened(name) as file:
            meta = json.loads(str(file[META]))
            made = meta.get("embedder", {"name": FIRST})
            if made and (wrong := mismatch(made["name"], f"run `workbench fit {name}` again")):
                raise BadInput(f"{name} {wrong}")
            _agree(name, strategy, meta.get("about", {}).get("params", {}))
            state = {key: file[key] for key in file.files if key != META}
            strategy.restore(state | meta["state"])
        strategy.learned_at = stamp

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        """Whatever is wrong with the file, or does not fit into the strategy, says how to mend it."""
        path = self.path(name)
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                yield file
        except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"what {name} learned cannot be read from {path} ({error}): run `workbench fit {name}` anew"
            ) from None

    def refresh(self, strategy: Strategy) -> None:
        """Give it, and what it wraps, what was learned since it was built. Raises BadInput."""
        name = name_of(strategy)
        if learns(strategy) and self.stamp(name) != strategy.learned_at:
            self.restore(name, strategy)
        for wrapped in vars(strategy).values():
            if isinstance(wrapped, Strategy):
                self.refresh(wrapped)

    def about(self, name: str) -> dict[str, Any]:
        """What made the fit: its data or votes, its prompts and models; {} for none. Raises BadInput like `restore`."""
        if not self.stamp(name):
            return {}
        with self._opened(name) as file:
            return dict(json.loads(str(file[META]))["about"])

    def told(self, name: str) -> str:
        """What it learned from, in words; "" for nothing. One that cannot be read says why."""
        try:
            about = self.about(name)
        except BadInput as error:
            return str(error)
        if not about:
            return ""
        source = about.get("votes") or about.get("data")
        if not source:
            return "learned while it served"
        named = source if isinstance(source, str) else ", ".join(source)
        return f"fitted on {named}, {about['prompts']:,} prompt{'s' * (about['prompts'] != 1)}"

    def stamp(self, name: str) -> int:
        """When the strategy last learned, in nanoseconds; 0 for never."""
        try:
            return self.path(name).stat().st_mtime_ns
        except OSError:
            return 0


def learns(strategy: Strategy) -> bool:
    """From recorded outcomes, or while it serves."""
    return type(strategy).fit is not Strategy.fit or observes(type(strategy))


def observes(kind: type[Strategy]) -> bool:
    """Whether it learns while it serves."""
    return kind.observe is not Strategy.observe


def _agree(name: str, strategy: Strategy, made: Mapping[str, Any]) -> None:
    """Raises BadParameter where it was fitted with other parameters than it is asked with; an old fit may not say some."""
    own = params_of(strategy)
    other = [key for key in learned_params(type(strategy)) if key in made and made[key] != own[key]]
    if other:
        asked, fitted = (" ".join(f"{key}={of[key]}" for key in other) for of in (own, made))
        given = " ".join(f"--param {key}={own[key]}" for key in other)
        raise BadParameter(
            f"{name} learns with {fitted} and is asked with {asked}, which takes part when it is fitted: run "
            f"`workbench fit {name} {given} --data NAME`, or leave it at {fitted}"
        )


class FittedStrategies(Registry[Strategy]):
    """The strategies, each built with what was learned for it."""

    def __init__(self, fits: Fits) -> None:
        super().__init__("strategies", Strategy)
        self.fits = fits

    def params(self, name: str) -> tuple[Param, ...]:
        """Of one that takes part when it is fitted, the default is the fit's."""
        made = self._made(name, self.fits, name)
        return tuple(replace(p, default=made.get(p.name, p.default)) for p in super().params(name))

    def build(self, name: str, params: Mapping[str, Any] | None = None) -> Strategy:
        return self.kept(name, self.fits, name, params)

    def kept(self, name: str, fits: Fits, file: str, params: Mapping[str, Any] | None = None) -> Strategy:
        """As the fit in a file of these made it; what is not asked for otherwise is as the fit has it."""
        strategy = super().build(name, {**self._made(name, fits, file), **(params or {})})
        fits.restore(file, strategy)
        return strategy

    def _made(self, name: str, fits: Fits, file: str) -> dict[str, Any]:
        """Its parameters that took part when it was fitted; {} for no fit."""
        learned = learned_params(self.load(name))
        try:
            params = fits.about(file).get("params", {}) if learned else {}
        except BadInput:  # a file that cannot be read: whoever restores it is told
            return {}
        return {key: params[key] for key in learned if key in params}

    def online(self) -> list[str]:
        """Names of those that learn while they serve."""
        return [name for name in self.names() if observes(self.load(name))]

    def scheduled(self) -> list[str]:
        """Names of those that a job fits anew."""
        return [name for name in self.names() if self.load(name).refit_days is not None]


def fitted(strategies: Registry[Strategy], fits: Fits, name: str) -> str:
    """What a strategy learned from, in words, or how to have it learn; "" where it learns nothing itself."""
    kind = strategies.load(name)
    wraps = any(p.kind == "strategy" for p in strategies.params(name))
    if wraps or (kind.fit is Strategy.fit and kind.refit_days is None):
        return ""
    how = "workbench learn weights" if kind.refit_days else f"workbench fit {name} --data NAME"
    return fits.told(name) or f"not fitted yet: `{how}`"


def fit(fits: Fits, strategies: Registry[Strategy], name: str, params: Mapping[str, Any], data: Outcomes) -> Path:
    """Fit a strategy on the prompts of a data set that are there to learn from, and keep it.

    Raises BadParameter, UnknownPlugin or BadInput.
    """
    strategy = strategies.build(name, params)
    recorded = learnable(data.recorded())
    with watched() as embedders:
        strategy.fit(recorded)
    from_data = {"data": data.name, "data_key": data.key, "prompts": len(recorded), "models": list(recorded.ids)}
    return fits.save(name, strategy, _about(strategy) | from_data, embedders)


def fit_votes(
    fits: Fits,
    strategies: Registry[Strategy],
    name: str,
    params: Mapping[str, Any],
    votes: Votes,
    models: Sequence[Model],
) -> Path:
    """Fit a strategy on people's votes on these models, those that are there to learn from, and keep it.

    Raises BadParameter, UnknownPlugin, or BadInput for a strategy that cannot learn from votes and votes that teach nothing.
    """
    strategy = strategies.build(name, params)
    if not learns_from_votes(type(strategy)):
        able = [one for one in strategies.names() if learns_from_votes(strategies.load(one))]
        raise BadInput(f"{name} does not learn from votes; these do: {', '.join(able)}")
    there = teaching(votes.frame["split"].fill_null("").to_numpy())
    found = replace(votes, frame=votes.frame.filter(there)).preferences(models)
    with watched() as embedders:
        strategy.fit_votes(found)
    from_votes = {"votes": votes.name, "votes_key": votes.key, "prompts": len(found), "models": list(found.ids)}
    return fits.save(name, strategy, _about(strategy) | from_votes, embedders)


def learns_from_votes(kind: type[Strategy]) -> bool:
    return kind.fit_votes is not Strategy.fit_votes


def learnable(recorded: Recorded) -> Recorded:
    """The prompts that are there to learn from."""
    return recorded.take(teaching(recorded.splits))


def teaching(splits: NDArray[np.object_]) -> NDArray[np.bool_]:
    """The rows marked train; where none is, all but those marked contaminated. What is left can judge what was learned."""
    train = splits == TRAIN
    return np.asarray(train if train.any() else splits != SEEN)


def held(strategy: Strategy) -> str:
    """Hash of what a strategy and those it wraps learned from recorded outcomes; '' for nothing.

    What learns while it serves is left out: it changes with every vote, as it is meant to.
    """
    known = [held(wrapped) for wrapped in vars(strategy).values() if isinstance(wrapped, Strategy)]
    if strategy.learned_at and not observes(type(strategy)):
        state = strategy.state()
        plain = {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
        arrays = [[name, v.dtype.str, v.shape, content_key(v.tobytes().hex())] for name, v in _arrays(state)]
        known.append(content_key([plain, arrays]))
    return content_key(found) if (found := [key for key in known if key]) else ""


def _arrays(state: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in state.items() if isinstance(value, np.ndarray))


def _about(strategy: Strategy) -> dict[str, Any]:
    return {"params": params_of(strategy), "workbench": __version__}
