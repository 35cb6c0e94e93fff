from __future__ import annotations

from typing import Any

import pytest

from tests.pool import MODELS
from workbench.errors import BadInput, UnknownModel
from workbench.services.specs import build, registry


def test_a_spec_has_every_parameter_written_out_and_the_pools_prices() -> None:
    spec, _ = build(registry(), "cascade", {"threshold": -1}, pool=MODELS)
    assert spec.params == {p.name: p.default for p in registry().params("cascade")} | {"threshold": -1}
    assert spec.pool == ("small", "mid", "big")
    assert spec.prices["mid"] == (1.0, 3.0)


def test_defaults_written_out_or_left_out_are_one_spec() -> None:
    left_out, written = (build(registry(), "cascade", p, pool=MODELS)[0].key for p in ({}, {"threshold": -0.4}))
    assert left_out == written


def test_a_wrapped_strategy_becomes_its_name_and_parameters_and_is_built_from_them_again() -> None:
    params = {"inner": {"strategy": "fixed", "params": {"model": "mid"}}, "timeout_s": 7.0}
    spec, _ = build(registry(), "fallback", params, pool=MODELS)
    defaults = {p.name: p.default for p in registry().params("fallback")}
    assert spec.params == {**defaults, **params}
    assert build(registry(), "fallback", spec.params, pool=MODELS)[0].key == spec.key


def test_another_pool_order_or_price_is_another_spec() -> None:
    pools = (MODELS, MODELS[::-1], MODELS[:2])
    assert len({build(registry(), "cheapest", pool=pool)[0].key for pool in pools}) == 3


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("fixed", {"model": "gone"}),
        ("cascade", {"strong": "gone"}),
        ("random", {"weights": {"gone": 1.0}}),
        ("fallback", {"inner": {"strategy": "fixed", "params": {"model": "gone"}}}),
        (
            "fallback",
            {
                "inner": {
                    "strategy": "fallback",
                    "params": {"inner": {"strategy": "cascade", "params": {"cheap": "gone"}}},
                }
            },
        ),
    ],
)
def test_a_model_outside_the_pool_is_named_with_those_inside(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(UnknownModel, match=r"'gone'.*small, mid, big"):
        build(registry(), name, params, pool=MODELS)


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one model"):
        build(registry(), "fixed", pool=())
