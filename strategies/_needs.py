"""What a prompt and its request fields need of the model that answers, and what a model lacks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strategies._pool import tokens_of
from workbench.types import Image, Model, Prompt, ToolCall, ToolResult, longest_answer

STRUCTURED = ("json_object", "json_schema")


@dataclass(frozen=True, slots=True)
class Needs:
    capabilities: tuple[str, ...]
    """Of vision, tools, json, logprobs."""
    tokens: int
    """Estimated tokens of the conversation and of the longest answer."""

    def lacking(self, model: Model) -> list[str]:
        """What the model has not got, in words; empty where it can answer."""
        found = [name for name in self.capabilities if name not in model.capabilities]
        if self.tokens > model.context:
            found.append(f"context of {self.tokens:,} tokens (it has {model.context:,})")
        return found


def needs_of(prompt: Prompt, answer_tokens: int) -> Needs:
    """Read off the messages' parts and the request fields. `answer_tokens`: room for an answer that has no limit of its own."""
    parts = [part for message in prompt.messages for part in message.parts]
    asked = prompt.request
    wanted = {
        "vision": any(isinstance(part, Image) for part in parts),
        "tools": bool(asked.get("tools")) or any(isinstance(part, (ToolCall, ToolResult)) for part in parts),
        "json": structured(asked),
        "logprobs": bool(asked.get("logprobs")),
    }
    room = longest_answer(asked, answer_tokens)
    return Needs(tuple(name for name, needed in wanted.items() if needed), tokens_of(prompt) + room)


def structured(asked: Mapping[str, Any]) -> bool:
    """Whether the request asks for JSON."""
    form = asked.get("response_format")
    return isinstance(form, Mapping) and form.get("type") in STRUCTURED
