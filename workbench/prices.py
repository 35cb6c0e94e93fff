"""Prices of hosted models, from the map that litellm ships: read as a file, since importing litellm takes seconds."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

FILE = "model_prices_and_context_window_backup.json"
SUPPORTS = {"vision": "supports_vision", "tools": "supports_function_calling", "json": "supports_response_schema"}


class Prices:
    """The map, read when first asked."""

    def __init__(self) -> None:
        self._map: dict[str, dict[str, Any]] | None = None

    def find(self, *names: str) -> dict[str, Any]:
        """Fields of a Model (prices in USD per million tokens, context, capabilities) under the first known name."""
        if self._map is None:
            self._map = _read()
        found = (self._map[name] for name in names if name in self._map)
        return next((_fields(entry) for entry in found if "input_cost_per_token" in entry), {})


def _read() -> dict[str, dict[str, Any]]:
    spec = importlib.util.find_spec("litellm")  # finds the folder, imports nothing
    if spec is None or spec.origin is None:
        return {}
    found: dict[str, dict[str, Any]] = orjson.loads((Path(spec.origin).parent / FILE).read_bytes())
    return found


def _fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    context = entry.get("max_input_tokens") or entry.get("max_tokens")
    return {
        "price_in": round(entry["input_cost_per_token"] * 1e6, 6),
        "price_out": round(entry.get("output_cost_per_token", 0.0) * 1e6, 6),
        "capabilities": [ours for ours, theirs in SUPPORTS.items() if entry.get(theirs)],
    } | ({"context": context} if isinstance(context, int) else {})
