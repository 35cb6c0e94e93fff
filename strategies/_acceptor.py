"""How good each model's answer will be, from the prompt and, once one has answered, from what it said and how sure it was.

Features: MiniLM vectors of prompt and answer, shapes of both (hedging and refusal among them), which shared template lines the
prompt has, and the answer's mean log-probability as its rank among the training answers, alone and by template line. A
ridge predicts the quality of every model; a logistic curve over its left-out predictions makes probabilities of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from strategies import _ridge
from strategies._odds import logistic, sigmoid
from strategies._shape import shapes
from workbench.embed import Vectors, shared
from workbench.recorded import Floats
from workbench.template import particular, shared_lines
from workbench.types import Prompt

PROMPT, ANSWER, SHAPE, SURE, TEMPLATE = 0.4, 0.8, 0.075, 0.5, 0.7
"""Scales of the features: what has a small scale is believed late."""


@dataclass(frozen=True)
class Reader:
    """Prompts as features. Shared template lines are left out of the vector, and are features of their own."""

    lines: tuple[str, ...]
    centre: Floats
    spread: Floats

    @classmethod
    def learned(cls, prompts: Sequence[Prompt]) -> Reader:
        texts = [p.text for p in prompts]
        return cls(tuple(sorted(shared_lines(texts))), *_standard(shapes(texts)))

    def vectors(self, prompts: Sequence[Prompt]) -> Vectors:
        """(n, d), rows of length 1, of what is particular to each."""
        known = frozenset(self.lines)
        return shared().embed([particular(p.text, known) for p in prompts])

    def read(self, prompts: Sequence[Prompt]) -> tuple[Floats, Floats]:
        """(n, d) features, and of them (n, lines) the template's."""
        texts, vectors = [p.text for p in prompts], self.vectors(prompts).astype(float)
        shape = (shapes(texts) - self.centre) / self.spread
        found = [{line.strip() for line in text.split("\n")} for text in texts]
        template = np.array([[line in has for line in self.lines] for has in found], dtype=float)
        template = template.reshape(len(texts), len(self.lines))
        return np.hstack([PROMPT * vectors, SHAPE * shape, TEMPLATE * template]), template


@dataclass(frozen=True)
class Voice:
    """One model's answers as features."""

    sure: Floats
    """Log-probabilities of its training answers, in order."""
    centre: Floats
    spread: Floats

    @classmethod
    def learned(cls, texts: Sequence[str], logprob: Floats) -> Voice:
        known = np.sort(logprob[np.isfinite(logprob)])
        return cls(known, *_standard(np.hstack([shapes(texts), _sureness(_rank(known, logprob), logprob)])))

    def read(self, texts: Sequence[str], logprob: Floats, template: Floats) -> tuple[Floats, Floats]:
        """(n, d) features, and (n,) the rank of each log-probability: -0.5 to 0.5, and 0 where there is none."""
        rank = _rank(self.sure, logprob)
        plain = (np.hstack([shapes(texts), _sureness(rank, logprob)]) - self.centre) / self.spread
        plain[:, :-5] *= SHAPE
        plain[:, -5:] *= np.where(np.isfinite(logprob), SURE, 0.0)[:, None]
        vectors = shared().embed(list(texts)).astype(float)
        return np.hstack([ANSWER * vectors, plain, 2 * TEMPLATE * rank[:, None] * template]), rank


def _standard(values: Floats) -> tuple[Floats, Floats]:
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)


def _rank(known: Floats, logprob: Floats) -> Floats:
    """Middle rank among the known, as a share, less a half."""
    if not len(known):
        return np.zeros(len(logprob))
    below, upto = (np.searchsorted(known, logprob, side) for side in ("left", "right"))
    return np.asarray(np.where(np.isfinite(logprob), (below + upto) / 2 / len(known) - 0.5, 0.0))


def _sureness(rank: Floats, logprob: Floats) -> Floats:
    """(n, 5): the same confidence on scales that tell apart the surest, the middling and the least sure."""
    nats = np.clip(np.where(np.isfinite(logprob), logprob, -0.5), -20.0, -1e-7)
    return np.stack([rank, rank**2, np.exp(nats), np.log(-nats) / 3, np.maximum(nats, -3.0)], axis=1)


@dataclass(frozen=True)
class Forecast:
    """Expected quality of m models, given what is known at one point of a run."""

    weights: Floats
    """(d, m)."""
    level: Floats
    """(m,)."""
    curve: Floats
    """(m, 5): log-odds by the line's prediction, its square, and the answer's rank and its square."""

    @classmethod
    def learned(cls, features: Floats, rank: Floats, quality: Floats) -> tuple[Forecast, Floats]:
        """The forecast, and (n, m) what it says of each training prompt by a line that has not seen it."""
        (line,) = _ridge.fit(features, quality)
        curve = [logistic(_bent(line.held[:, j], rank), quality[:, j]) for j in range(quality.shape[1])]
        made = cls(line.weights, line.level, np.stack(curve))
        return made, made._probability(line.held, rank)

    def of(self, features: Floats, rank: Floats) -> Floats:
        """(n, m), 0..1."""
        return self._probability(features @ self.weights + self.level, rank)

    def _probability(self, predicted: Floats, rank: Floats) -> Floats:
        odds = [_bent(predicted[:, j], rank) @ bend for j, bend in enumerate(self.curve)]
        return sigmoid(np.stack(odds, axis=1))


def _bent(predicted: Floats, rank: Floats) -> Floats:
    p = np.clip(predicted, -0.5, 1.5)
    return np.stack([np.ones_like(p), p, p**2, rank, rank**2], axis=1)


@dataclass(frozen=True)
class Acceptor:
    """What is expected of m models before any has answered, and after each of some of them has."""

    reader: Reader
    before: Forecast
    voices: Mapping[int, Voice]
    """By the column of the model that answered."""
    after: Mapping[int, Forecast]

    @classmethod
    def learned(
        cls, prompts: Sequence[Prompt], texts: Any, logprob: Floats, quality: Floats, drafters: Sequence[int]
    ) -> tuple[Acceptor, Expected]:
        """From (n, m) answers and qualities. Also what it expects of the training prompts, each left out."""
        reader = Reader.learned(prompts)
        features, template = reader.read(prompts)
        before, prior = Forecast.learned(features, np.zeros(len(prompts)), quality)
        voices: dict[int, Voice] = {}
        after: dict[int, Forecast] = {}
        held: dict[int, Floats] = {}
        for i in drafters:
            voices[i] = Voice.learned(texts[:, i], logprob[:, i])
            said, rank = voices[i].read(texts[:, i], logprob[:, i], template)
            after[i], held[i] = Forecast.learned(np.hstack([features, said]), rank, quality)
        return cls(reader, before, voices, after), Expected(prior, held)

    def expect(self, prompts: Sequence[Prompt], texts: Any, logprob: Floats, drafters: Sequence[int]) -> Expected:
        """From (n, m) answers, of which those of the drafters are read."""
        features, template = self.reader.read(prompts)
        found: dict[int, Floats] = {}
        for i in drafters:
            said, rank = self.voices[i].read(texts[:, i], logprob[:, i], template)
            found[i] = self.after[i].of(np.hstack([features, said]), rank)
        return Expected(self.before.of(features, np.zeros(len(prompts))), found)

    def state(self) -> dict[str, Any]:
        made = {"lines": list(self.reader.lines), "shape": np.stack([self.reader.centre, self.reader.spread])}
        made |= _packed("before", self.before) | {"drafters": list(self.voices)}
        for i, voice in self.voices.items():
            made |= {f"sure{i}": voice.sure, f"voice{i}": np.stack([voice.centre, voice.spread])}
            made |= _packed(f"after{i}", self.after[i])
        return made

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Acceptor:
        drafters = [int(i) for i in state["drafters"]]
        reader = Reader(tuple(state["lines"]), *state["shape"])
        voices = {i: Voice(state[f"sure{i}"], *state[f"voice{i}"]) for i in drafters}
        return cls(reader, _unpacked("before", state), voices, {i: _unpacked(f"after{i}", state) for i in drafters})


def _packed(name: str, forecast: Forecast) -> dict[str, Any]:
    return {f"{name}_line": np.vstack([forecast.weights, forecast.level]), f"{name}_curve": forecast.curve}


def _unpacked(name: str, state: Mapping[str, Any]) -> Forecast:
    line = state[f"{name}_line"]
    return Forecast(line[:-1], line[-1], state[f"{name}_curve"])


@dataclass(frozen=True)
class Expected:
    """Expected qualities 0..1 of m models on n prompts."""

    before: Floats
    """(n, m), by the prompt alone."""
    after: Mapping[int, Floats]
    """(n, m), by the prompt and the answer of the model in this column."""
