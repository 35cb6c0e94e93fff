"""What can be chosen before the first prompt: strategies with their parameters, models, example prompts, defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.catalog import Entry
from workbench.health import Health
from workbench.palette import PALETTE, strategy_color
from workbench.registry import Registry
from workbench.services.specs import learned_params
from workbench.strategy import Strategy

FIRST = ("complexity", "cascade")
"""Columns of a page nobody has changed yet."""


def setup(
    strategies: Registry[Strategy],
    entries: Sequence[Entry],
    examples: Path,
    health: Health | None = None,
    fitted: Callable[[str], str] = lambda name: "",
) -> dict[str, Any]:
    """GET /api/setup. `fitted` says what a strategy learned from, in words."""
    health = health or Health()
    return {
        "strategies": [_strategy(strategies, name) | {"fitted": fitted(name)} for name in strategies.names()],
        "palette": [list(color) for color in PALETTE],
        "models": [e.as_json() | health.of(e.model.id).as_json() for e in entries],
        "examples": example_prompts(examples),
        "defaults": {"columns": list(FIRST), "temperature": 0.2, "max_tokens": 512, "budget_usd": None},
    }


def example_prompts(path: Path) -> list[dict[str, Any]]:
    """Categories in the file's order, each with its prompts."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return [{"category": name, "prompts": list(prompts)} for name, prompts in _categories(found)]


def _categories(found: dict[str, Any]) -> list[tuple[str, Sequence[str]]]:
    get: Callable[[Any], Sequence[str]] = lambda v: v["prompts"] if isinstance(v, dict) else v  # noqa: E731 - one expression, used once
    return [(name, get(value)) for name, value in found.items()]


def _strategy(strategies: Registry[Strategy], name: str) -> dict[str, Any]:
    params = [p.as_json() for p in strategies.params(name)]
    told = {"name": name, "doc": strategies.doc(name), "facts": strategies.facts(name), "params": params}
    kind = strategies.load(name)
    own = {"outermost": kind.outermost, "unfitted": learned_params(kind)}
    return told | own | {"color": list(strategy_color(name))}
