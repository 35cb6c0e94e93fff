"""Types of an outcome and of a vote made right: what cannot be right is a reason to skip the row, or is left empty and told."""

from __future__ import annotations

import math
from typing import Any

from workbench.errors import BadInput
from workbench.outcomes import context
from workbench.votes import COLUMNS, WINNERS

from ._place import Row

NUMBERS = ("latency_ms", "ttft_ms", "confidence")
COUNTS = ("prompt_tokens", "completion_tokens")
WORDS = ("dataset", "split", "category", "context", "response", "cost_basis", "finish", "error")
VOTE_WORDS = tuple(name for name in COLUMNS if name != "winner")
BROKEN = "\N{REPLACEMENT CHARACTER}"
LARGEST = 2**63
UNREADABLE = "characters that are no UTF-8 stand as \N{REPLACEMENT CHARACTER}"


def clean_outcome(row: Row, mended: list[str], graded: bool = False) -> str:
    """Make an outcome's types right, in place; what had to be left out goes to `mended`. Returns why it is none, or ''."""
    for name in ("query_id", "prompt", "model"):
        if row.get(name) in (None, ""):
            return f"no {name}"
        row[name] = str(row[name])
    if graded and _blank(row.get("quality")):
        return "no quality"
    if not _readable(row.get("context")):
        return "context is no JSON list of messages"
    quality, cost = number(row.get("quality")), number(row.get("cost_usd", 0.0))
    if not _blank(row.get("quality")) and (quality is None or not 0 <= quality <= 1):
        return "quality is no number from 0 to 1"
    if cost is None or cost < 0:
        return "cost is no number of 0 or more"
    if "cost_usd" not in row:
        row.setdefault("cost_basis", "not stated")
    row["quality"], row["cost_usd"] = quality, cost
    for name in NUMBERS:
        row[name] = _kept(row, name, number(row.get(name)), mended)
    for name in COUNTS:
        row[name] = _kept(row, name, _count(row.get(name)), mended)
    _words(row, WORDS, mended)
    return ""


def _readable(before: Any) -> bool:
    try:
        context(None if before is None else str(before))
    except BadInput:
        return False
    return True


def clean_vote(row: Row, mended: list[str]) -> str:
    """The same for a vote."""
    for name in ("query_id", "model_a", "model_b"):
        if row.get(name) in (None, ""):
            return f"no {name}"
    if row.get("winner") not in WINNERS:
        return f"the winner is none of {', '.join(WINNERS)}"
    if row["model_a"] == row["model_b"]:
        return "a model against itself"
    _words(row, VOTE_WORDS, mended)
    return ""


def _words(row: Row, names: tuple[str, ...], mended: list[str]) -> None:
    for name in names:
        row[name] = None if row.get(name) is None else str(row[name])
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = whole(value)
    if any(BROKEN in value for value in row.values() if isinstance(value, str)):
        mended.append(UNREADABLE)


def whole(text: str) -> str:
    """The text, halves of characters (which JSON can name and no file can hold) replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(BROKEN if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def _kept(row: Row, name: str, found: float | int | None, mended: list[str]) -> float | int | None:
    if found is None and not _blank(row.get(name)):
        mended.append(f"{name} is no number and was left empty")
    return found


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _count(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None and 0 <= found < LARGEST else None


def number(value: Any) -> float | None:
    """A finite number, true and false as 1 and 0; None for anything else."""
    if isinstance(value, str):
        value = {"true": 1.0, "false": 0.0}.get(value.strip().lower(), value)
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
