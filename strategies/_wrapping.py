"""Strategies around one inner strategy, which does what there is to learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strategies.cheapest import Cheapest
from workbench.strategy import Strategy, param

if TYPE_CHECKING:
    from workbench.recorded import Recorded


@dataclass
class Wrapping(Strategy):
    inner: Strategy = param(Cheapest, "The strategy that chooses among the models that may answer.")

    def fit(self, recorded: Recorded) -> None:
        self.inner.fit(recorded)

    def state(self) -> dict[str, Any]:
        """What the inner strategy learned, under its name."""
        learned = self.inner.state()
        return {**learned, "inner": type(self.inner).__module__} if learned else {}

    def restore(self, state: dict[str, Any]) -> None:
        """What another inner strategy learned is left alone."""
        learned = dict(state)
        if learned.pop("inner", "") == type(self.inner).__module__:
            self.inner.restore(learned)
