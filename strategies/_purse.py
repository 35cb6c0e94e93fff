"""What a run of many steps may still spend: each step reserved before it, settled after it, and the answer's share kept back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from strategies._pool import by_price
from workbench.session import Ledger, Session
from workbench.types import Model


@dataclass
class Purse:
    session: Session
    budget_usd: float | None
    """Of the strategy; the run's own may leave it less."""
    low: float
    """Share of the budget below which cheaper models are used."""

    def __post_init__(self) -> None:
        run = self.session.budget_usd
        limits = [self.budget_usd, None if run is None else run - self.session.cost_usd]
        self._ledger = Ledger(min((limit for limit in limits if limit is not None), default=None))

    @property
    def left_usd(self) -> float:
        """Infinite without a budget."""
        ledger = self._ledger
        return math.inf if ledger.budget_usd is None else ledger.budget_usd - ledger.spent_usd - ledger.reserved_usd

    @property
    def degraded(self) -> bool:
        return self._ledger.budget_usd is not None and self.left_usd < self.low * self._ledger.budget_usd

    def allowed(self, models: Sequence[Model], most_usd: Callable[[Model], float]) -> tuple[Model, ...]:
        """Those that can be paid for, in their order; of these the cheaper half when the budget runs low."""
        able = [m for m in models if most_usd(m) <= self.left_usd]
        cheaper = by_price(able)[: math.ceil(len(able) / 2)] if self.degraded else able
        return tuple(m for m in able if m in cheaper)

    @contextmanager
    def reserved(self, usd: float) -> Iterator[None]:
        """While a call is made that may cost so much. Raises BudgetSpent; settles what it did cost, failed or not."""
        self._ledger.reserve(usd)
        before = self.session.cost_usd
        try:
            yield
        finally:
            self._ledger.settle(usd, self.session.cost_usd - before)

    def __str__(self) -> str:
        budget = self._ledger.budget_usd
        return "no budget" if budget is None else f"${max(0.0, self.left_usd):.6f} of ${budget:.6f} left"
