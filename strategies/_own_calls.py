"""Calls that a strategy makes for itself: drafts of steps, checks and verdicts, which have a form of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.session import Session
from workbench.types import Message, Text, user

FORM = frozenset(
    "tools tool_choice parallel_tool_calls response_format stop n logprobs top_logprobs max_tokens max_completion_tokens".split()  # noqa: SIM905 - a list of words reads better so
)
"""Request fields about the form of the user's answer. A check that is asked for JSON never says yes."""


def free(session: Session) -> Session:
    """The same session without them."""
    kept = {name: value for name, value in session.params.items() if name not in FORM}
    return session.on(session.prompt, params=kept)


def formed(params: Mapping[str, Any]) -> bool:
    """Whether the user's answer has a form, other than a length."""
    return any(params.get(name) for name in FORM - {"max_tokens", "max_completion_tokens"})


def added(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """The conversation with this at the end of the user's last message, whose images stay; as a message of its own after any other."""
    if messages and messages[-1].role == "user":
        last = messages[-1]
        return (*messages[:-1], replace(last, parts=(*last.parts, Text(f"\n\n{text}"))))
    return (*messages, user(text))
