"""From what a user asked for (a name, parameters, a pool) to a strategy that can run and the Spec that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from typing import Any

from workbench.errors import BadInput, UnknownModel
from workbench.registry import Registry, shown
from workbench.strategy import Strategy
from workbench.types import NOTHING, Model, Spec

NO_MODELS = "the model pool is empty: choose at least one model that is usable (workbench models)"


def registry() -> Registry[Strategy]:
    """The strategies of `strategies/` and of other packages."""
    return Registry("strategies", Strategy)


def build(
    strategies: Registry[Strategy], name: str, params: Mapping[str, Any] = NOTHING, *, pool: Sequence[Model]
) -> tuple[Spec, Strategy]:
    """A checked strategy and its Spec, defaults written out. Raises UnknownPlugin, UnknownModel, BadParameter, BadInput."""
    if not pool:
        raise BadInput(NO_MODELS)
    strategy = strategies.build(name, params)
    check_models(strategies, name, params_of(strategy), [m.id for m in pool])
    prices = {m.id: (m.price_in, m.price_out) for m in pool}
    return Spec(name, params_of(strategy), tuple(m.id for m in pool), prices), strategy


def check_models(strategies: Registry[Strategy], name: str, params: Mapping[str, Any], pool: Sequence[str]) -> None:
    """Raises UnknownModel when a parameter names a model that is not in the pool."""
    for p in strategies.params(name):
        value = params[p.name]
        if p.kind == "strategy":
            check_models(strategies, value["strategy"], value["params"], pool)
        for model in _models(p.kind, value):
            if model not in pool:
                raise UnknownModel(f"{name}.{p.name}: no model {model!r} in this pool; there are {', '.join(pool)}")


def _models(kind: str, value: Any) -> list[str]:
    if kind == "model":
        return [value] if value else []
    return list(value or ()) if kind in ("models", "weights") else []


def params_of(strategy: Strategy) -> dict[str, Any]:
    """Every parameter of a built strategy as JSON values; a wrapped strategy becomes its name and parameters."""
    if not is_dataclass(strategy):
        return {}
    names = (f.name for f in fields(strategy) if f.init and not f.name.startswith("_"))
    return {shown(name): _json(getattr(strategy, name)) for name in names}


def learned_params(kind: type[Strategy]) -> dict[str, Any]:
    """The parameters that take part when it is fitted, with their defaults."""
    own: Sequence[Field[Any]] = fields(kind) if is_dataclass(kind) else ()
    return {shown(f.name): f.default for f in own if f.metadata.get("learned")}


def _json(value: Any) -> Any:
    if isinstance(value, Strategy):
        return {"strategy": name_of(value), "params": params_of(value)}
    return value


def name_of(strategy: Strategy) -> str:
    """What the registry calls it: its module's name."""
    return type(strategy).__module__.rsplit(".", 1)[-1]


def learns_from_outcomes(strategy: Strategy) -> bool:
    """Whether there is anything to fit."""
    return type(strategy).fit is not Strategy.fit


def titled(name: str, params: Mapping[str, Any]) -> str:
    """A strategy with the parameters that were asked for."""
    given = ", ".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in params.items())
    return f"{name} ({given})" if given else name
