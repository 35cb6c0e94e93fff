"""What is particular to a prompt: templates and few-shot examples that many prompts share say nothing about which is which.

They can also be longer than an embedder's window, so that all prompts of a task would look the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

SHARE, FEWEST = 0.01, 5
"""A line is of a template when this share of the training prompts has it, and at least so many."""


def shared_lines(texts: Sequence[str]) -> frozenset[str]:
    """Lines that stand in more than one per cent of the texts."""
    seen = Counter(line for text in texts for line in set(_lines(text)))
    bar = max(FEWEST, SHARE * len(texts))
    return frozenset(line for line, count in seen.items() if count >= bar)


def particular(text: str, shared: frozenset[str]) -> str:
    """The text without the shared lines; the whole text where nothing else is left."""
    if not shared:
        return text
    return "\n".join([line for line in _lines(text) if line not in shared]) or text


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.split("\n")) if line]
