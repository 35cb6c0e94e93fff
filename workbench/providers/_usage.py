"""Tokens of one call: as its vendor counted them, else estimated."""

from __future__ import annotations

from typing import Any

from workbench.types import Call, Usage, estimate_tokens, sent_tokens

MOST = 10**9
"""Tokens of one call: more, or fewer than none, is a mistake that must reach no ledger."""


def counted(call: Call, text: str, asked: Any, answered: Any) -> Usage:
    """`asked` and `answered` as the vendor says, anything at all; `text` is what it answered."""
    if _count(asked) and _count(answered):
        return Usage(asked, answered)
    return Usage(sent_tokens(call.messages, call.params), estimate_tokens(text) if text else 0, estimated=True)


def _count(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MOST
