"""One budget for many runs: a provider that reserves before each call and settles after it, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from workbench.events import Delta
from workbench.session import Ledger, Provider, most_usd, sunk
from workbench.types import Call, Model, Reply


class Budgeted:
    """A Provider in front of another. A call that might exceed what is left fails with BudgetSpent and is not sent."""

    def __init__(self, provider: Provider, models: Sequence[Model], budget_usd: float | None, spent_usd: float) -> None:
        self._provider = provider
        self._models = {model.id: model for model in models}
        self.ledger = Ledger(budget_usd, spent_usd)

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        entry = self._models[call.model]
        reserved, heard, spent = most_usd(entry, call), 0, None
        self.ledger.reserve(reserved)
        try:
            async with aclosing(self._provider.stream(call)) as items:
                async for item in items:
                    if isinstance(item, Reply):
                        spent = item.cost_usd
                    else:
                        heard += len(item.text) if item.came is None else item.came
                    yield item
        finally:
            self.ledger.settle(reserved, entry.cost_usd(sunk(call, heard)) if spent is None else spent)
