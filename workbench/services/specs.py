"""From what a user asked for (a name, parameters, a pool) to a strategy that can run and the Spec that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from workbench.errors import BadInput
from workbench.registry import Registry
from workbench.strategy import Strategy
from workbench.types import NOTHING, Model, Spec


def registry() -> Registry[Strategy]:
    """The strategies of `strategies/` and of other packages."""
    return Registry("strategies", Strategy)  # type: ignore[type-abstract]


def build(
    strategies: Registry[Strategy], name: str, params: Mapping[str, Any] = NOTHING, *, pool: Sequence[Model]
) -> tuple[Spec, Strategy]:
    """A checked strategy and its Spec, defaults written out. Raises UnknownPlugin, BadParameter, BadInput."""
    if not pool:
        raise BadInput("the model pool is empty: choose at least one model that is usable (workbench models)")
    strategy = strategies.build(name, params)
    prices = {m.id: (m.price_in, m.price_out) for m in pool}
    return Spec(name, params_of(strategy), tuple(m.id for m in pool), prices), strategy


def params_of(strategy: Strategy) -> dict[str, Any]:
    """Every parameter of a built strategy as JSON values; a wrapped strategy becomes its name and parameters."""
    if not is_dataclass(strategy):
        return {}
    names = (f.name for f in fields(strategy) if f.init and not f.name.startswith("_"))
    return {name: _json(getattr(strategy, name)) for name in names}


def _json(value: Any) -> Any:
    if isinstance(value, Strategy):
        name = type(value).__module__.rsplit(".", 1)[-1]
        return {"strategy": name, "params": params_of(value)}
    return value
