"""When a chain of models stops, at what price of quality, and what that gave on prompts that were held out.

A draft is accepted when no later model is worth its cost: expected quality of the draft against the best of the later models',
each less a price times the mean cost of all calls up to it. One number, the price (quality that a dollar must buy), sets every
threshold of the chain, so that budgets, matched quality and guarantees are all prices read off one table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._guarantee import fewest, proven
from workbench.decisions import FLOOR
from workbench.errors import BadInput
from workbench.recorded import Floats

FEWEST = 20
"""Prompts that an acceptor is fitted on at least."""
SETTINGS = 201
"""Prices that are tried."""
PER = 1000
"""Prompts that budgets are stated for."""


@dataclass(frozen=True)
class Stop:
    """After a draft of n prompts: expected quality of the draft, and what a later model must and does add."""

    stays: Floats
    adds: Floats
    """(n,), expected quality added by going on to the model that is worth most."""
    bar: Floats
    """(n,), what it has to add to be worth its cost."""

    @property
    def accepted(self) -> NDArray[np.bool_]:
        return np.asarray(self.adds <= self.bar)


def stop(quality: Floats, cost: Floats, at: int, price: float) -> Stop:
    """Of n prompts with expected qualities (n, k) of the chain's models, after the draft of model `at`; cost (k,), USD."""
    spent = np.cumsum(cost[at + 1 :])
    adds = quality[:, at + 1 :] - quality[:, [at]]
    bars = np.full(len(spent), np.inf) if price == np.inf else price * spent
    best = (adds - np.where(np.isfinite(bars), bars, 0.0)).argmax(axis=1)
    return Stop(quality[:, at], adds[np.arange(len(adds)), best], bars[best])


def stops(after: Sequence[Floats], cost: Floats, price: float) -> NDArray[np.intp]:
    """(n,): at which model of the chain each prompt ends. `after`: for each drafter, (n, k) expected qualities."""
    ends = np.full(len(after[0]), len(cost) - 1, dtype=np.intp)
    for at in reversed(range(len(after))):
        ends[stop(after[at], cost, at, price).accepted] = at
    return ends


@dataclass(frozen=True)
class Course:
    """What to do with prompts: run the chain at a price, or ask single models in these shares."""

    why: str
    price: float | None = None
    shares: tuple[float, ...] = ()
    """Of the chain's models, where no cascade is run."""


@dataclass(frozen=True)
class Table:
    """What the chain gave at G prices on n prompts, none of which the acceptor had seen, and what its models gave alone."""

    n: int
    """Prompts that failures are counted among: those without a near twin, which the acceptor would have learned from."""
    prices: Floats
    """(G,), rising: the first passes most prompts on."""
    quality: Floats
    cost: Floats
    """(G,), means; USD, all calls paid."""
    kept: Floats
    """(G,), share of prompts that the last model was not asked about."""
    failures: Floats
    """(G,), prompts whose answer was worse than the last model's would have been."""
    noise: Floats
    """(G, k), standard errors of the quality gained over each model alone."""
    alone_quality: Floats
    alone_cost: Floats
    """(k,)."""

    @classmethod
    def of(
        cls, after: Sequence[Floats], quality: Floats, cost: Floats, unseen: NDArray[np.bool_] | None = None
    ) -> Table:
        """Of a chain, from expected (one (n, k) for each drafter) and true qualities and costs (n, k).

        `unseen` (n,): prompts whose expectations no twin has told; all where it is not given.
        """
        mean, rows = cost.mean(axis=0), np.arange(len(quality))
        prices = _prices(after, mean)
        ends = np.stack([stops(after, mean, price) for price in prices])
        return cls.measured(prices, ends, np.cumsum(cost, axis=1)[rows, ends], quality, cost, unseen)

    @classmethod
    def measured(
        cls,
        prices: Floats,
        ends: NDArray[np.intp],
        paid: Floats,
        quality: Floats,
        cost: Floats,
        unseen: NDArray[np.bool_] | None = None,
    ) -> Table:
        """From who answered each of n prompts at each price (G, n), what that cost, and all outcomes (n, k)."""
        counted = np.ones(len(quality), dtype=bool) if unseen is None else unseen
        got = quality[np.arange(len(quality)), ends]
        noise = (got[:, :, None] - quality).std(axis=1) / np.sqrt(len(quality))
        return cls(
            n=int(counted.sum()),
            prices=prices,
            quality=got.mean(axis=1),
            cost=paid.mean(axis=1),
            kept=(ends < quality.shape[1] - 1).mean(axis=1),
            failures=(got < quality[:, -1] - 1e-9)[:, counted].sum(axis=1).astype(float),
            noise=noise,
            alone_quality=quality.mean(axis=0),
            alone_cost=cost.mean(axis=0),
        )

    @property
    def scale(self) -> float:
        """USD: mean cost of the dearest model."""
        return float(self.alone_cost.max()) or 1.0

    def trade(self, price: float) -> Course:
        """The chain at this price, unless a single model is as good a trade there."""
        if not np.isfinite(price):
            return self._single(int(self.alone_cost.argmin()), "only cost counts")
        best = int((self.alone_quality - price * self.alone_cost).argmax())
        at = self.near(price)
        gained = self.quality[at] - self.alone_quality[best] - price * (self.cost[at] - self.alone_cost[best])
        if gained > max(float(self.noise[at, best]), 1e-9):
            return Course(f"worth {gained:.3f} of quality more than one model alone", price)
        return self._single(best, f"a cascade does not pay at this price of quality (cross-validated: {gained:+.3f})")

    def budget(self, usd: float) -> Course:
        """The best that this many USD for 1,000 prompts reach, by the chain or by mixing single models."""
        each = usd / PER
        if each < self.alone_cost.min():
            raise BadInput(
                f"cascade.budget: ${usd:g} for {PER:,} prompts is less than the cheapest model of the chain took, "
                f"${self.alone_cost.min() * PER:.4g}: raise the budget or choose a cheaper model"
            )
        within = np.flatnonzero(self.cost <= each)
        mixed, shares = self._mixed(each)
        if len(within):
            at = int(within[self.quality[within].argmax()])
            if self.quality[at] - mixed > self.noise[at].min():
                return Course(f"the best for ${usd:g} a {PER:,} prompts", float(self.prices[at]))
        return Course("a cascade does not pay for this budget (cross-validated): single models are mixed", None, shares)

    def match(self) -> Course:
        """The cheapest setting that was as good as the last model alone."""
        last = self.alone_quality[-1]
        good = np.flatnonzero((self.quality >= last) & (self.cost < self.alone_cost[-1]))
        if len(good):
            at = int(good[self.cost[good].argmin()])
            saved = 1 - self.cost[at] / self.alone_cost[-1]
            return Course(
                f"as good as the last model alone, {saved:.0%} cheaper (cross-validated)", float(self.prices[at])
            )
        return self._single(-1, "no cheaper setting is as good as the last model alone (cross-validated)")

    def guarantee(self, alpha: float, delta: float) -> Course:
        """The cheapest setting shown to answer worse than the last model on at most a share alpha of prompts."""
        shown = proven(self.failures.astype(int).tolist(), self.n, alpha, delta)
        cheaper = np.flatnonzero(self.cost[:shown] < self.alone_cost[-1])
        if len(cheaper):
            at = int(cheaper[self.cost[cheaper].argmin()])
            seen = f"{self.failures[at] / max(1, self.n):.1%} seen, {self.kept[at]:.0%} kept from the last model"
            return Course(f"at most {alpha:.1%} worse, with {1 - delta:.0%} confidence: {seen}", float(self.prices[at]))
        lack = (
            f"; {fewest(alpha, delta)} prompts without a twin are needed to show it"
            if self.n < fewest(alpha, delta)
            else ""
        )
        return self._single(-1, f"no cheaper setting is shown to be worse on at most {alpha:.1%} of prompts{lack}")

    def near(self, price: float) -> int:
        return min(int((self.prices < price).sum()), len(self.prices) - 1)

    def _single(self, model: int, why: str) -> Course:
        return Course(why, None, tuple(np.eye(len(self.alone_cost))[model].tolist()))

    def _mixed(self, each: float) -> tuple[float, tuple[float, ...]]:
        """Best quality of drawing between two models whose mean cost is within the budget, and the shares of all."""
        best, shares = -1.0, np.zeros(len(self.alone_cost))
        for i, low in enumerate(self.alone_cost):
            for j, high in enumerate(self.alone_cost):
                if low > each or high < low:
                    continue
                w = 1.0 if high <= each else _drawable((each - low) / (high - low))
                reached = (1 - w) * self.alone_quality[i] + w * self.alone_quality[j]
                if reached > best:
                    best, shares = float(reached), (1 - w) * np.eye(len(shares))[i] + w * np.eye(len(shares))[j]
        return best, tuple(shares.tolist())

    def state(self) -> dict[str, Any]:
        curve = np.stack([self.prices, self.quality, self.cost, self.kept, self.failures])
        return {
            "n": self.n,
            "curve": curve,
            "noise": self.noise,
            "alone": np.stack([self.alone_quality, self.alone_cost]),
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Table:
        prices, quality, cost, kept, failures = state["curve"]
        alone_quality, alone_cost = state["alone"]
        n, noise = int(state["n"]), state["noise"]
        return cls(n, prices, quality, cost, kept, failures, noise, alone_quality, alone_cost)


def _drawable(share: float) -> float:
    """The share of the dearer of two: not so small that it could not be judged by its draws, nor so large that the other's could not."""
    return 0.0 if share < FLOOR else min(share, 1 - FLOOR)


def _prices(after: Sequence[Floats], cost: Floats) -> Floats:
    """Prices at which prompts change sides, evenly by their number, and 0."""
    found = [
        (q[:, j] - q[:, i]) / max(float(cost[i + 1 : j + 1].sum()), 1e-15)
        for i, q in enumerate(after)
        for j in range(i + 1, len(cost))
    ]
    return np.unique([0.0, *np.quantile(np.concatenate(found), np.linspace(0, 1, SETTINGS))])
