from __future__ import annotations

import json
import math
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.cheapest import Cheapest
from strategies.fallback import Fallback
from strategies.random import Random
from workbench.errors import BadParameter, UnknownPlugin
from workbench.registry import Param, Registry, coerce
from workbench.strategy import Strategy

STRATEGIES: Registry[Strategy] = Registry("strategies", Strategy)
KINDS = ("number", "integer", "flag", "text", "choice", "model", "models", "weights", "strategy")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def param(kind: str, low: float | None = None, high: float | None = None) -> Param:
    return Param("x", kind, 0, low=low, high=high, choices=("red", "blue"))


def test_names_are_listed_without_importing_the_plugins() -> None:
    code = (
        "import sys; from workbench.registry import Registry; from workbench.strategy import Strategy;"
        "print(Registry('strategies', Strategy).names(), [m for m in sys.modules if m.startswith('strategies.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'cascade_routing', 'cheapest'" in out
    assert out.strip().endswith("[]")
    assert "_cues" not in out


def test_its_key_follows_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "keyed_plugins"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry: Registry[Strategy] = Registry("keyed_plugins", Strategy)
    keys = [registry.key(), registry.key()]
    (package / "one.py").write_text("x = 2\n", encoding="utf-8")
    keys.append(registry.key())
    (package / "_shared.py").touch()
    keys.append(registry.key())
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("name", ["nope", "", "_pool", "../etc/passwd", "fixed.Fixed", "os", "FIXED", "x" * 10_000])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownPlugin, match=r"there are .*cascade_routing, cheapest, ") as caught:
        STRATEGIES.load(name)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("body", "line"),
    [("x = 1\ndef broken(:\n", 2), ("\n\nimport no_such_module\n", 3), ("x = 1 / 0\n", 1)],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, line: int
) -> None:
    package = f"broken_{line}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / package / "mine.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnknownPlugin, match=rf"mine cannot be imported: .*mine\.py, line {line}\)"):
        Registry(package, Strategy).load("mine")


def test_a_docstring_is_what_the_user_is_told() -> None:
    assert STRATEGIES.doc("fixed").startswith("Always the same model.")
    assert STRATEGIES.facts("fixed")["Learns from"] == "nothing."
    assert "Learns from" not in STRATEGIES.doc("fixed")


def test_parameters_are_described_for_flags_and_controls() -> None:
    by_name = {p.name: p for p in STRATEGIES.params("fallback")}
    assert (by_name["inner"].kind, by_name["inner"].default) == ("strategy", "cheapest")
    timeout = by_name["timeout_s"]
    assert (timeout.kind, timeout.low, timeout.high, timeout.unit) == ("number", 0.01, 3600, "s")
    assert [p.kind for p in STRATEGIES.params("random")] == ["weights", "number", "integer"]
    assert STRATEGIES.params("fixed")[0].kind == "model"
    assert STRATEGIES.params("round_robin") == ()


def test_a_built_strategy_has_checked_values() -> None:
    built = STRATEGIES.build("random", {"weights": "a=3, b=1", "seed": "7", "floor": 1})
    assert built == Random({"a": 3.0, "b": 1.0}, 1.0, 7)


def test_defaults_are_not_shared() -> None:
    one, two = STRATEGIES.build("random"), STRATEGIES.build("random")
    assert isinstance(one, Random)
    assert isinstance(two, Random)
    assert one.weights is not two.weights
    assert Fallback().inner is not Fallback().inner


@pytest.mark.parametrize("inner", ["cheapest", {"strategy": "cheapest"}, {"strategy": "cheapest", "params": {}}])
def test_a_wrapped_strategy_is_given_by_name_or_with_its_parameters(inner: Any) -> None:
    assert STRATEGIES.build("fallback", {"inner": inner}) == Fallback(Cheapest())


@pytest.mark.parametrize(
    "inner", [7, None, [], {}, {"strategy": 7}, {"strategy": "fixed", "params": 7}, {"strategy": "fixed", "parms": {}}]
)
def test_what_is_no_strategy_is_refused(inner: Any) -> None:
    with pytest.raises(BadParameter, match=r"fallback\.inner must be a strategy's name"):
        STRATEGIES.build("fallback", {"inner": inner})


def test_a_mistake_in_a_wrapped_strategy_names_it() -> None:
    with pytest.raises(BadParameter, match="fixed has no parameter 'modle'; it has model"):
        STRATEGIES.build("fallback", {"inner": {"strategy": "fixed", "params": {"modle": "a"}}})


def test_strategies_wrapped_without_end_are_refused() -> None:
    inner: Any = "cheapest"
    for _ in range(500):
        inner = {"strategy": "fallback", "params": {"inner": inner}}
    with pytest.raises(BadParameter, match="at most 8 deep"):
        STRATEGIES.build("fallback", {"inner": inner})


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        ("number", "0.5", 0.5),
        ("number", 1, 1.0),
        ("integer", "12", 12),
        ("integer", 3.0, 3),
        ("flag", "off", False),
        ("flag", True, True),
        ("text", "", ""),
        ("choice", "red", "red"),
        ("models", "a, b,", ["a", "b"]),
        ("models", ["a"], ["a"]),
        ("weights", "a=1,b=2", {"a": 1.0, "b": 2.0}),
        ("weights", "org/model=v1=0.5", {"org/model=v1": 0.5}),
        ("weights", {"a": 1}, {"a": 1.0}),
        ("weights", "", {}),
    ],
)
def test_values_come_as_json_or_as_text(kind: str, value: Any, meant: Any) -> None:
    found = coerce("s", param(kind), value)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "much"),
        ("number", "nan"),
        ("number", "1e999"),
        ("number", True),
        ("number", None),
        ("number", 10**400),
        ("integer", 1.5),
        ("integer", "1.5"),
        ("integer", math.inf),
        ("flag", "maybe"),
        ("text", 7),
        ("choice", "green"),
        ("choice", ["red"]),
        ("models", 7),
        ("models", [1]),
        ("models", {"a": 1}),
        ("weights", "a"),
        ("weights", "a=much"),
        ("weights", {"a": 10**400}),
        ("weights", {"a": math.nan}),
        ("weights", {"a": -1}),
        ("weights", 7),
    ],
)
def test_what_a_parameter_cannot_be_is_said(kind: str, value: Any) -> None:
    with pytest.raises(BadParameter, match=r"^s\.x(:| must)"):
        coerce("s", param(kind), value)


def test_an_error_repeats_no_more_of_a_value_than_one_needs() -> None:
    with pytest.raises(BadParameter) as caught:
        coerce("s", param("number"), "9" * 1_000_000 + "x")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(("value", "said"), [(-1, "at least 0 and at most 1"), (1.01, "not 1.01"), (-math.inf, "-inf")])
def test_limits_are_told(value: float, said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        coerce("s", param("number", 0, 1), value)


@given(st.sampled_from(KINDS), JSON)
def test_any_json_is_taken_or_refused_and_what_is_taken_is_json(kind: str, value: Any) -> None:
    try:
        found = coerce("s", param(kind), value)
    except BadParameter:
        return
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@given(st.sampled_from(STRATEGIES.names()), st.dictionaries(st.text(max_size=9) | st.just("weights"), JSON, max_size=3))
def test_no_parameters_break_the_building_of_a_strategy(name: str, params: dict[str, Any]) -> None:
    with suppress(BadParameter, UnknownPlugin):
        assert isinstance(STRATEGIES.build(name, params), Strategy)


def test_what_must_be_outermost_is_refused_inside_anything_else() -> None:
    known: Registry[Strategy] = Registry("strategies", Strategy)
    for inner in ("safety", {"strategy": "fallback", "params": {"inner": "safety"}}, known.build("safety")):
        with pytest.raises(BadParameter, match="choose safety with fallback as its inner strategy"):
            known.build("fallback", {"inner": inner})
    assert known.build("safety", {"inner": "fallback"})
    assert known.build("safety", {"policy": "strict", "inner": {"strategy": "safety", "params": {"inner": "fixed"}}})


def test_a_class_that_is_not_whole_is_named_with_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "half_done"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "slip.py").write_text(
        "from workbench.strategy import Router\nclass Slip(Router):\n    def decid(self, prompt): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    known: Registry[Strategy] = Registry("half_done", Strategy)
    with pytest.raises(UnknownPlugin, match=r"exactly one Strategy, it defines 0; Slip lacks decide$"):
        known.load("slip")
