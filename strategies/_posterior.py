"""What is believed of each model's reward in a context: Bayesian linear regression, forgetting at a steady pace.

For model m the reward of context x (d numbers) is Normal(x . mean, spread^2 x . cov x), with cov = inverse(I + sum of x x^T) and
mean = cov times the sum of reward times x (Bishop, Pattern Recognition, 3.3). Each observation lets all earlier ones weigh
`discount` as much (D-LinUCB: Russac, Vernade and Cappe, arXiv 1909.09146); what is forgotten returns to the prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SPREAD = 0.5
"""Standard deviation of a single reward around its expectation: the largest that rewards from 0 to 1 can have."""
PRIOR = 0.5
"""Reward expected where nothing is known."""


class Posterior:
    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.models: list[str] = []
        self._seen = np.empty((0, dim, dim))
        self._sum = np.empty((0, dim))
        self._solved: tuple[Floats, Floats] | None = None

    def learn(self, model: str, contexts: Floats, rewards: Floats, weight: float = 1.0) -> None:
        """Many observations at once, none forgotten: (n, dim) and (n,), each counted `weight` times."""
        at = self._at(model)
        self._seen[at] += weight * contexts.T @ contexts
        self._sum[at] += weight * contexts.T @ (rewards - PRIOR)
        self._solved = None

    def observe(self, model: str, context: Floats, reward: float, discount: float) -> None:
        """One observation; what came before, of every model, fades."""
        at = self._at(model)
        self._seen *= discount
        self._sum *= discount
        self._seen[at] += np.outer(context, context)
        self._sum[at] += (reward - PRIOR) * context
        self._solved = None

    def expect(self, contexts: Floats, models: Sequence[str]) -> tuple[Floats, Floats]:
        """(n, m) mean and standard deviation of each model's expected reward. A model never seen has the prior's."""
        cov, mean = self._solution()
        if list(models) == self.models:
            return PRIOR + contexts @ mean.T, SPREAD * np.sqrt(_within(contexts, cov))
        expected = np.full((len(contexts), len(models)), PRIOR)
        variance = np.repeat((contexts**2).sum(axis=1)[:, None], len(models), axis=1)
        if known := [i for i, model in enumerate(models) if model in self.models]:
            at = [self.models.index(models[i]) for i in known]
            expected[:, known] += contexts @ mean[at].T
            variance[:, known] = _within(contexts, cov[at])
        return expected, SPREAD * np.sqrt(variance)

    def _solution(self) -> tuple[Floats, Floats]:
        if self._solved is None:
            cov = np.asarray(np.linalg.inv(self._seen + np.eye(self.dim)), dtype=np.float64)
            self._solved = cov, np.einsum("mde,me->md", cov, self._sum)
        return self._solved

    def _at(self, model: str) -> int:
        if model not in self.models:
            self.models.append(model)
            self._seen = np.concatenate([self._seen, np.zeros((1, self.dim, self.dim))])
            self._sum = np.concatenate([self._sum, np.zeros((1, self.dim))])
        return self.models.index(model)

    def state(self) -> dict[str, Any]:
        return {"models": list(self.models), "seen": self._seen, "sum": self._sum}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Posterior:
        made = cls(state["seen"].shape[-1])
        made.models, made._seen, made._sum = list(state["models"]), state["seen"].copy(), state["sum"].copy()
        return made


def _within(contexts: Floats, cov: Floats) -> Floats:
    """(n, m): x . cov x of n contexts and m models."""
    return np.asarray(((contexts @ cov) * contexts).sum(axis=2).T)


CUTS = np.array([-4.0, -1.5, 0.0, 1.5, 4.0])
"""Where, in its own standard deviations, each normal divides the line: between two cuts all of them are smooth."""
NODES, WEIGHTS = ((part + shift) / 2 for part, shift in zip(np.polynomial.legendre.leggauss(3), (1, 0), strict=True))
FAINT = 1e-30
"""Where a distribution function counts as no less, since the others' product is divided by it."""
AT_ONCE = 256
"""Rows worked out together: bounds memory."""


def chance_best(mean: Floats, spread: Floats) -> Floats:
    """(n, m): probability that each of m independent normals is the largest, which Thompson sampling chooses with. Rows sum to 1.

    P(m) is the integral of density m times the product of the others' distribution functions: by Gauss and Legendre between the
    cuts of all, since a known model beside a new one is a step that no single rule over the line resolves. Off by .0003 at most.
    """
    width = np.maximum(spread, 1e-9)
    rows = range(0, len(mean), AT_ONCE)
    return np.concatenate([_chance_best(mean[i : i + AT_ONCE], width[i : i + AT_ONCE]) for i in rows])


def _chance_best(mean: Floats, width: Floats) -> Floats:
    from scipy.special import ndtr

    n = len(mean)
    if mean.shape[1] == 2:  # the chance that one normal is above another
        first = ndtr((mean[:, 0] - mean[:, 1]) / np.hypot(width[:, 0], width[:, 1]))
        return np.stack([first, 1 - first], axis=1)
    edges = np.sort((mean[:, :, None] + width[:, :, None] * CUTS).reshape(n, -1), axis=1)
    gaps = np.diff(edges, axis=1)[:, :, None]
    points = (edges[:, :-1, None] + gaps * NODES).reshape(n, -1, 1)
    scaled = (points - mean[:, None]) / width[:, None]  # (n, points, m)
    below = np.maximum(ndtr(scaled), FAINT)
    density = np.exp(-scaled * scaled / 2) / (width[:, None] * below)
    weights = below.prod(axis=2) * (gaps * WEIGHTS).reshape(
        n, -1
    )  # divided by its own, the product of all is that of the others
    chance = (weights[:, None] @ density)[:, 0]
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))
