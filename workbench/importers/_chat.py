"""Chat messages, requests and responses as OpenAI writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.types import content_key

from ._place import Row

KINDS = {401: "auth", 403: "auth", 408: "timeout", 429: "rate_limited", 504: "timeout"}
"""What a status says of a failed call, in the words of the error tree."""


def outcome(messages: Any, body: Mapping[str, Any], model: Any, error: str | None = None) -> Row | str:
    """A logged call as an outcome that nobody has graded (a failed one has quality 0), or why it is none.

    Its query is the hash of its messages: the same ones, asked of several models, are one query.
    """
    asked = [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    if not asked or asked[-1].get("role") != "user":
        return "no request that ends in a user's message"
    *before, last = asked
    choices = body.get("choices")
    choice = next((c for c in choices if isinstance(c, dict)), {}) if isinstance(choices, list) else {}
    if not choice and not error:
        return "no answer and no error"
    usage, cost = mapping(body.get("usage")), mapping(body.get("usage")).get("cost", body.get("cost"))
    return {
        "dataset": "logs",
        "query_id": content_key(asked),
        "prompt": words(last.get("content")),
        "context": json.dumps(before, ensure_ascii=False) if before else None,
        "model": body.get("model") or model,
        "response": None if error else _answer(mapping(choice.get("message"))),
        "quality": 0.0 if error else None,
        "cost_usd": cost or 0.0,
        "cost_basis": "recorded" if cost is not None else "not stated",
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "confidence": _confidence(choice),
        "finish": choice.get("finish_reason"),
        "error": error,
    }


def failure(status: Any, said: Any) -> str:
    """`kind: text` of a failed call."""
    code = status if isinstance(status, int) else 0
    kind = KINDS.get(code) or ("bad_request" if 400 <= code < 500 else "server")
    text = mapping(said).get("message") or said
    return f"{kind}: {text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)}"[:300]


def _answer(message: Mapping[str, Any]) -> str | None:
    return words(message.get("content")) or words(message.get("refusal"))


def _confidence(choice: Mapping[str, Any]) -> float | None:
    """Mean log-probability of the answer's tokens, where they were asked for."""
    tokens = mapping(choice.get("logprobs")).get("content")
    found = [t.get("logprob") for t in tokens if isinstance(t, dict)] if isinstance(tokens, list) else []
    numbers = [float(n) for n in found if isinstance(n, (int, float))]
    return sum(numbers) / len(numbers) if numbers else None


def mapping(value: Any) -> dict[str, Any]:
    """The value, or an empty mapping in place of anything else."""
    return value if isinstance(value, dict) else {}


def said(conversation: Any, role: str, n: int = 0) -> str | None:
    """What a side said for the nth time, from 0."""
    turns: Sequence[Any] = conversation if isinstance(conversation, list) else []
    of_role = [t.get("content") for t in turns if isinstance(t, dict) and t.get("role") == role]
    return words(of_role[n]) if n < len(of_role) else None


def words(content: Any) -> str | None:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return None if content is None else str(content)
