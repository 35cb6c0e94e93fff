"""What may be kept of a run: the rows for the store without the secrets that a strategy guards.

Identities (keys, ids, hashes) stay as they are: they tell nothing, and everything hangs on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from workbench.safety.guard import find
from workbench.safety.vault import Vault
from workbench.store import Row
from workbench.strategy import Strategy
from workbench.types import Prompt

WORDS: Mapping[str, tuple[str, ...]] = {
    "experiments": ("settings",),
    "prompts": ("text", "messages"),
    "runs": ("text", "error"),
    "calls": ("text", "messages", "params", "error"),
    "decisions": ("why", "features"),
    "votes": ("comment",),
}
"""Columns that hold what somebody said, by table."""
REMARKS = {"votes": ("comment",)}
"""Of these, what was said beside any question: no password or key is kept of it, whatever the strategies are."""
KEYS = {"key": "redact"}


def without_secrets(rows: Sequence[Row], strategies: Iterable[Strategy], prompt: Prompt) -> list[Row]:
    """The rows as they may be kept. In a comparison that is what the strictest of its strategies keeps."""
    for strategy in strategies:
        if scrub := strategy.scrub(prompt):
            rows = [(table, _scrubbed(row, WORDS.get(table, ()), scrub)) for table, row in rows]
    return [(table, _scrubbed(row, REMARKS.get(table, ()), _without_keys)) for table, row in rows]


def _without_keys(text: str) -> str:
    return Vault().redact(text, find(text, KEYS))


def _scrubbed(row: Mapping[str, Any], columns: tuple[str, ...], scrub: Callable[[str], str]) -> Mapping[str, Any]:
    return {**row, **{name: _words(row[name], scrub) for name in columns if name in row}}


def _words(value: Any, scrub: Callable[[str], str]) -> Any:
    """Every text in a JSON value, however deep."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {key: _words(one, scrub) for key, one in value.items()}
    return [_words(one, scrub) for one in value] if isinstance(value, list | tuple) else value
