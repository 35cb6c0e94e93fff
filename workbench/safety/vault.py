"""Placeholders for secrets: the same value has the same one throughout a conversation, two values never share one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .finding import Finding

PLACEHOLDER = re.compile(r"\[([A-Z]+)_(\d{1,6})\]")
JOINTS = re.compile(r"[\s.()/-]+")


class Vault:
    """The values of one conversation. Lives as long as a run, in memory alone."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = {}

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """The text with placeholders for these findings, which do not overlap and stand in reading order.

        A conversation's texts come in their order. Placeholders that stand in a text already (an earlier answer, or a prompt that was
        kept without its secrets) are not given to later values.
        """
        for kind, number in PLACEHOLDER.findall(text):
            self._last[kind] = max(self._last.get(kind, 0), int(number))
        parts, at = [], 0
        for one in findings:
            parts += [text[at : one.start], self.placeholder(one.category, text[one.start : one.end])]
            at = one.end
        return "".join([*parts, text[at:]])

    def placeholder(self, category: str, value: str) -> str:
        """[CARD_1]: however a number is spaced, it is the same number."""
        key = category, _plain(category, value)
        if key not in self._given:
            kind = category.upper()
            self._last[kind] = self._last.get(kind, 0) + 1
            self._given[key] = f"[{kind}_{self._last[kind]}]"
        return self._given[key]


def _plain(category: str, value: str) -> str:
    return value if category == "key" else JOINTS.sub("" if category != "name" else " ", value).casefold()
