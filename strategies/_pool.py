"""What strategies need to know of a pool of models: who is in it, what each would cost, and when to give up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.errors import BudgetSpent, DeadlinePassed, NotRecorded, Refused, UnknownModel
from workbench.types import Model, Prompt, sent_tokens

LASTING = (Refused, NotRecorded)
"""Errors that stand whatever else was answered: what a policy refuses is refused, and replay must never guess."""
FINAL = (BudgetSpent, DeadlinePassed, *LASTING)
"""Errors that no other model mends: money and time are the run's."""


def member(where: str, model: str, pool: Sequence[Model]) -> str:
    """The model, if it is in the pool. Raises UnknownModel, which lists those that are."""
    if any(m.id == model for m in pool):
        return model
    raise UnknownModel(f"{where}: no model {model!r} in this pool; there are {', '.join(m.id for m in pool)}")


def by_price(models: Iterable[Model]) -> list[Model]:
    """Cheapest first, by the price of a token in and three out; the user's order where prices are equal."""
    return sorted(models, key=lambda m: m.price_in + 3 * m.price_out)


def expected_usd(model: Model, tokens_in: int, tokens_out: int) -> float:
    return (tokens_in * model.price_in + tokens_out * model.price_out) / 1e6


def tokens_of(prompt: Prompt) -> int:
    """Estimated tokens of the whole conversation, and of the tools that go with it."""
    return sent_tokens(prompt.messages, prompt.request)


def only(model: str, pool: Sequence[Model]) -> dict[str, float]:
    """Scores that say: this one, none of the others."""
    return {m.id: float(m.id == model) for m in pool}
