"""Every model's quality and cost, predicted for this prompt by a ridge and a forest of trees.

Reads the prompt's MiniLM vector, some forty traits of its text (lengths, numbers, marks, what of it is template) and frequent words. A
mean of two predictors that fail differently: a ridge on all of that and on likeness to sampled training prompts, and extremely randomised
trees, which count three times as much. Both are judged on training prompts that they had not seen: the mean is shrunk as far as they
say, and where choosing by it did not pay, single models are taken instead.

Source: Nystroem's features of an RBF kernel (Williams and Seeger, 2001); extremely randomised trees (Geurts et al., 2006).
Learns from: recorded outcomes.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached) and about a tenth of a millisecond.
Score: quality against cost, weighed by lambda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from strategies import _forest, _inputs, _ridge
from strategies._features import Features, Reader
from workbench.recorded import Floats, Recorded
from workbench.strategy import param
from workbench.tradeoff import Estimates, TradeOff
from workbench.types import Prompt

LINE = 0.25
"""Weight of the ridge beside the trees."""


@dataclass(frozen=True)
class _Learned:
    """All that predicts."""

    reader: Reader
    inputs: _inputs.Inputs
    forest: _forest.Forest
    linear: Floats
    """(1 + d, 2 m): level and weights of every model's quality, then of the logarithm of its cost."""
    level: Floats
    """(3, m): what quality is shrunk towards, how much of what is above or below it is kept, and what cost is multiplied by."""

    def predict(self, features: Features) -> Estimates:
        body, alike = self.inputs.likeness(features)
        linear = np.concatenate([body, alike, features.words], axis=1) @ self._folded + self.linear[0]
        quality, dear = linear[:, : self.level.shape[1]], linear[:, self.level.shape[1] :]
        both = _mixed(quality, self.forest.predict(self.inputs.branching(features)))
        level, kept, ratio = self.level
        return Estimates(
            np.minimum(np.maximum(level + kept * (both - level), 0), 1), np.exp(dear) * ratio, self.inputs.near(alike)
        )

    @cached_property
    def _folded(self) -> NDArray[np.float32]:
        """The weights, those of likeness taken through what whitens it, in single precision as what they weigh."""
        body, likeness, words = np.split(
            self.linear[1:], np.cumsum([self.inputs.landmarks.shape[1], self.inputs.whitened.shape[1]])
        )
        return np.vstack([body, self.inputs.whitened @ likeness, words]).astype(np.float32)


@dataclass
class Regression(TradeOff):
    MOST: ClassVar[int | None] = 8000
    BELIEVED: ClassVar[bool] = True
    trees: int = param(100, "Trees of the forest.", low=10, high=500, learned=True)
    _learned: _Learned | None = field(default=None, init=False, repr=False, compare=False)
    _held: Estimates | None = field(default=None, init=False, repr=False, compare=False)

    def learn(self, recorded: Recorded) -> None:
        reader = Reader.of(recorded.prompts)
        features = reader.read(recorded.prompts)
        inputs = _inputs.learned(features)
        quality, cost = recorded.quality, recorded.cost
        forest, seen = _forest.fit(inputs.branching(features), quality, self.trees)
        x, _ = inputs.linear(features)
        floor = np.maximum(cost.mean(axis=0) / 1e3, 1e-12)
        good, dear = _ridge.fit(x, quality, np.log(np.maximum(cost, floor)))
        level, both, paid = quality.mean(axis=0), _mixed(good.held, seen), np.exp(dear.held)
        kept, ratio = _slope(both - level, quality - level), cost.mean(axis=0) / paid.mean(axis=0)
        linear = np.hstack([np.vstack([ridge.level, ridge.weights]) for ridge in (good, dear)])
        self._learned = _Learned(reader, inputs, forest, linear, np.stack([level, np.full_like(level, kept), ratio]))
        self._held = Estimates(level + kept * (both - level), paid * ratio)

    def held(self, recorded: Recorded) -> Estimates | None:
        return self._held

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        assert self._learned is not None
        return self._learned.predict(self._learned.reader.read(prompts))

    def state(self) -> dict[str, Any]:
        if self._learned is None:
            return super().state()
        learned = self._learned
        parts = learned.reader.state() | learned.inputs.state() | learned.forest.state()
        return super().state() | parts | {"linear": learned.linear, "level": learned.level}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        parts = Reader.restored(state), _inputs.Inputs.restored(state), _forest.Forest.restored(state)
        self._learned = _Learned(*parts, state["linear"], state["level"])


def _mixed(line: Floats, trees: Floats) -> Floats:
    return LINE * line + (1 - LINE) * trees


def _slope(expected: Floats, true: Floats) -> float:
    """How much of what is expected comes true, 0 to 1, over all models."""
    return float(np.clip((expected * true).sum() / max((expected**2).sum(), 1e-12), 0, 1))
