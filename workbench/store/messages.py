"""Messages from the JSON they are stored as: `Message.as_json` undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.types import Image, Message, Part, Text, ToolCall, ToolResult


def parsed(stored: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message(body["role"], tuple(_parts(body))) for body in stored)


def _parts(body: Mapping[str, Any]) -> list[Part]:
    content = body.get("content")
    if body["role"] == "tool":
        return [ToolResult(body.get("tool_call_id", ""), content or "")]
    parts: list[Part] = [Text(content)] if isinstance(content, str) else [_piece(p) for p in content or ()]
    return parts + [
        ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in body.get("tool_calls") or ()
    ]


def _piece(piece: Mapping[str, Any]) -> Part:
    return Image(piece["image_url"]["url"]) if piece["type"] == "image_url" else Text(piece["text"])
