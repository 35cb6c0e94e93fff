"""What would another policy have earned? Answered from the logs of a randomised one, with its propensities.

n logged rounds: the action taken, its reward, the probability with which it was taken, and the target policy's probabilities
of all m actions. Nothing here extrapolates: where logging never went, the answer is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

from .clusters import FEWEST
from .estimate import Estimate
from .proportion import Z95

Floats = NDArray[np.float64]
WARN, REFUSE = 150.0, 30.0
"""Effective sample sizes below which an interval is doubtful, or is not given."""


@dataclass(frozen=True)
class Log:
    """Rounds of a randomised policy."""

    actions: NDArray[np.intp]
    """(n,), columns of the target."""
    rewards: Floats
    """(n,)."""
    propensities: Floats
    """(n,), probability of the action that was taken."""
    clusters: NDArray[np.intp] | None = None
    """(n,), numbers from 0 on: rounds of one user hang together, whatever was drawn for them. None: every round is its own."""

    def __post_init__(self) -> None:
        if not len(self.actions) == len(self.rewards) == len(self.propensities):
            raise BadInput("a log needs one action, one reward and one propensity for each round")
        if not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise BadInput("propensities must be above 0 and at most 1: they are probabilities of what was done")

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def independent(self) -> NDArray[np.intp]:
        """(n,): which independent unit each round is of."""
        return np.arange(len(self)) if self.clusters is None else self.clusters


@dataclass(frozen=True)
class Value:
    """A policy's mean reward as three estimators see it."""

    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    effective: float
    """Effective sample size: rounds that carry the weight, (sum w)^2 / sum w^2 (Kish)."""
    warning: str


def importance(log: Log, target: Floats) -> Floats:
    """(n,) weights: how much more likely the target (n, m) takes the logged action than the logging policy did."""
    return np.asarray(target[np.arange(len(log)), log.actions] / log.propensities)


def effective_size(weight: Floats) -> float:
    total = float(weight.sum())
    return total * total / float((weight**2).sum()) if total else 0.0


def ips(log: Log, target: Floats) -> Estimate:
    """Inverse propensity scores (Horvitz and Thompson, 1952): unbiased, wide."""
    return _normal(importance(log, target) * log.rewards, log.independent)


def snips(log: Log, target: Floats) -> Estimate:
    """Self-normalised (Swaminathan and Joachims, 2015): divided by the weights' sum; interval by the delta method."""
    weight = importance(log, target)
    value = float((weight * log.rewards).sum() / weight.sum())
    sums = np.bincount(log.independent, weight * (log.rewards - value))
    half = Z95 * sqrt(float((sums**2).sum())) / float(weight.sum())
    return Estimate(value, value - half, value + half)


def doubly_robust(log: Log, target: Floats, predicted: Floats) -> Estimate:
    """Predicted reward (n, m) of the target, corrected by what was seen (Dudik et al., 2011). Predict out of fold."""
    n = np.arange(len(log))
    correction = importance(log, target) * (log.rewards - predicted[n, log.actions])
    return _normal((target * predicted).sum(axis=1) + correction, log.independent)


def cross_fitted(log: Log, groups: NDArray[np.intp], actions: int, folds: int = 5) -> Floats:
    """(n, actions): mean reward of each action in a round's group, of the other folds only; their overall mean where none is.

    Rounds of one cluster are in one fold.
    """
    n = len(log)
    out = np.empty((n, actions))
    fold = log.independent % folds
    k = int(groups.max()) + 1 if n else 0
    for held in range(folds):
        rest = fold != held
        cell = groups[rest] * actions + log.actions[rest]
        count = np.bincount(cell, minlength=k * actions)
        total = np.bincount(cell, log.rewards[rest], minlength=k * actions)
        overall = float(log.rewards[rest].mean()) if rest.any() else 0.0
        means = (total + overall) / (count + 1)  # one observation's worth of the overall mean
        out[fold == held] = means.reshape(k, actions)[groups[fold == held]]
    return out


def evaluate(log: Log, target: Floats, predicted: Floats, offered: NDArray[np.bool_] | None = None) -> Value:
    """The target's value, or a refusal. `offered` (n, m) says which actions logging could have taken; known or not, every action
    that the target takes must have been logged at least once.

    Raises BadInput where support is missing, where the weights' mean is not 1 within three standard errors (then the
    propensities are wrong), and below an effective sample size of 30.
    """
    if target.shape != predicted.shape or len(target) != len(log):
        raise BadInput("target and predictions must have a row for each round and a column for each action")
    _supported(log, target, offered)
    weight = importance(log, target)
    size = effective_size(weight)
    if size < REFUSE:
        raise BadInput(
            f"the effective sample size is {size:.0f}, and below {REFUSE:.0f} no interval holds: the target does too rarely what "
            "was logged; log longer, or raise the propensity floor"
        )
    error = float(weight.std(ddof=1)) / sqrt(len(log))
    if abs(weight.mean() - 1) > 3 * max(error, 1e-12):
        raise BadInput(
            f"the importance weights' mean is {weight.mean():.3f} and must be 1 (standard error {error:.3f}): the logged "
            "propensities are not those that the actions were drawn with"
        )
    warning = (
        f"the effective sample size is {size:.0f}: below {WARN:.0f} intervals are too narrow" if size < WARN else ""
    )
    if log.clusters is not None and (users := len(set(log.clusters.tolist()))) < FEWEST:
        warning = f"there are {users} users: below {FEWEST} intervals by user are too narrow"
    return Value(ips(log, target), snips(log, target), doubly_robust(log, target, predicted), size, warning)


def _supported(log: Log, target: Floats, offered: NDArray[np.bool_] | None) -> None:
    taken = np.bincount(log.actions, minlength=target.shape[1]) > 0
    never = (target.sum(axis=0) > 0) & ~taken
    outside = (target > 0) & ~offered if offered is not None else np.zeros_like(target, dtype=bool)
    if never.any() or outside.any():
        columns = np.flatnonzero(never | outside.any(axis=0)).tolist()
        mass = float(np.where(outside | never, target, 0.0).sum(axis=1).mean())
        raise BadInput(
            f"no support: the target takes action {', '.join(map(str, columns))} with probability {mass:.3f} where the logs never "
            "did; a randomised strategy with a propensity floor for every model must run first"
        )


def _normal(values: Floats, units: NDArray[np.intp]) -> Estimate:
    """A mean with its interval by independent units (sandwich, Liang and Zeger 1986); each value its own: the usual one."""
    mean = float(values.mean())
    sums, k = np.bincount(units, values - mean), len(np.unique(units))
    half = Z95 * sqrt(k / max(1, k - 1) * float((sums**2).sum())) / len(values)
    return Estimate(mean, mean - half, mean + half)
