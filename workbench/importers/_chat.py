"""A logged chat request and its response, as OpenAI writes them, as one outcome that nobody has graded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._place import Row


def outcome(name: str, request: Mapping[str, Any], body: Mapping[str, Any], error: Any) -> Row:
    """One logged call as a row; what it lacks makes the row one that is skipped and told."""
    *before, last = [m for m in request.get("messages") or [] if isinstance(m, dict)] or [{}]
    choice = next((c for c in body.get("choices") or [] if isinstance(c, dict)), {})
    usage = mapping(body.get("usage"))
    failure = error or body.get("error")
    return {
        "dataset": "logs",
        "query_id": name,
        "prompt": words(last.get("content")),
        "context": json.dumps(before, ensure_ascii=False) if before else None,
        "model": body.get("model") or request.get("model"),
        "response": words(mapping(choice.get("message")).get("content")),
        "quality": 0.0 if failure else None,
        "cost_usd": body.get("cost") or 0.0,
        "cost_basis": "recorded" if body.get("cost") else "not stated",
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "finish": choice.get("finish_reason"),
        "error": f"server: {json.dumps(failure, ensure_ascii=False)[:300]}" if failure else None,
    }


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def words(content: Any) -> str | None:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return None if content is None else str(content)
