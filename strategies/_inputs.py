"""What predictors are given of a prompt's features: one block of columns for a ridge, another for trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from strategies._features import Features
from workbench.recorded import Floats

F = TypeVar("F", np.float32, np.float64)
TRAIT = 0.15
"""Weight of a trait of one standard deviation beside a vector of length 1."""
LANDMARKS = 128
"""Training prompts that likeness is measured to."""
AXES = 32
"""Principal axes of the vectors that trees split on."""
NEAR = 0.1
"""Likeness from which a prompt is never far from the training data: a cosine of a half, and traits as apart as usual."""


@dataclass(frozen=True)
class Inputs:
    """What was learned about the training prompts' features."""

    landmarks: Floats
    """(k, dim + t): vectors and weighted traits of training prompts drawn at random."""
    whitened: Floats
    """(k, r): turns likeness to them into coordinates whose products are likeness (Nystroem)."""
    axes: Floats
    """(1 + a, dim): mean vector, then principal axes."""
    reach: float
    """Likeness to the nearest landmark below which a prompt is far: that of the loneliest training prompt, if it is below NEAR."""

    def linear(self, features: Features) -> tuple[Floats, NDArray[np.bool_]]:
        """(n, d) for the ridge; and whether each prompt is as near to a landmark as every training prompt is."""
        body, alike = self.likeness(features)
        return np.concatenate([body, alike @ self.whitened, features.words], axis=1), self.near(alike)

    def likeness(self, features: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, dim + t) and (n, k): what landmarks are compared with, and how alike each of them is."""
        body = _body(features)
        return body, _alike(body, self._turned, self._squares)

    def near(self, alike: NDArray[Any]) -> NDArray[np.bool_]:
        """(n,)"""
        return np.asarray(alike.max(axis=1) >= self.reach)

    @cached_property
    def _turned(self) -> NDArray[np.float32]:
        """In single precision: half as many bytes to read, and a likeness needs no more."""
        return _turned(self.landmarks).astype(np.float32)

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        return _squares(self.landmarks).astype(np.float32)

    @cached_property
    def _axes(self) -> NDArray[np.float32]:
        return self.axes.astype(np.float32)

    def branching(self, features: Features) -> NDArray[np.float32]:
        """(n, d) for trees."""
        turned = (features.vectors - self._axes[0]) @ self._axes[1:].T
        return np.concatenate([turned, features.traits, features.words], axis=1)

    def state(self) -> dict[str, Any]:
        return {f"inputs_{name}": getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Inputs:
        return cls(**{name: state[f"inputs_{name}"] for name in cls.__dataclass_fields__})


def learned(features: Features, seed: int = 0) -> Inputs:
    """Landmarks, axes and reach of training prompts."""
    body = _body(features).astype(float)
    drawn = np.random.default_rng(seed).permutation(len(body))[:LANDMARKS]
    alike = _alike(body, _turned(body[drawn]), _squares(body[drawn]))
    values, vectors = np.linalg.eigh(alike[drawn])
    kept = values > 1e-6
    alike[drawn, np.arange(len(drawn))] = 0  # each but itself
    seen = features.vectors.astype(float)
    middle = seen.mean(axis=0)
    around = seen - middle
    axes = np.linalg.eigh(around.T @ around)[1][:, ::-1][:, :AXES].T
    reach = min(NEAR, float(alike.max(axis=1).min()))
    return Inputs(body[drawn], vectors[:, kept] / np.sqrt(values[kept]), np.vstack([middle, axes]), reach)


def _body(features: Features) -> NDArray[np.float32]:
    return np.concatenate([features.vectors, np.float32(TRAIT) * features.traits], axis=1)


def _turned(body: Floats) -> Floats:
    """(dim + t, k): what others are multiplied with to know how far from these they are."""
    return np.ascontiguousarray(2 * body.T)


def _squares(body: Floats) -> Floats:
    """(k,): squared lengths."""
    return np.asarray(np.einsum("ij,ij->i", body, body))


def _alike(body: NDArray[F], turned: NDArray[F], squares: NDArray[F]) -> NDArray[F]:
    """exp(-squared distance), (n, k)."""
    near = body @ turned
    near -= np.einsum("ij,ij->i", body, body)[:, None]
    near -= squares
    return np.asarray(np.exp(np.minimum(near, 0, out=near), out=near))
