"""Values that travel through the workbench: frozen, standard library only, importing nothing of ours.

Values have no identity but their content: `key` is a hash of it. The store hands out ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["answer", "draft", "check", "judge"]
"""What a call is for. Only `answer` deltas reach the user; the others stay inside the trace."""

Speaker = Literal["system", "user", "assistant", "tool"]
NOTHING: Mapping[str, Any] = {}
CUT = "cut"
"""How an answer finished that broke off."""


def content_key(value: Any) -> str:
    """Hash of a JSON value: 32 hex digits, the same for equal content whatever the key order."""
    body = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image by URL; `data:` URLs carry the bytes themselves."""

    url: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    id: str
    text: str


Part = Text | Image | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    role: Speaker
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The message's words alone."""
        return "".join(p.text for p in self.parts if isinstance(p, Text))

    @property
    def tokens(self) -> int:
        """Estimated, of all parts: words, images, calls of tools and what tools returned."""
        return sum(map(_part_tokens, self.parts)) or 1

    def as_json(self) -> dict[str, Any]:
        """The OpenAI wire form, which is also the canonical form that is hashed and stored."""
        tools = [p for p in self.parts if isinstance(p, ToolCall)]
        result = next((p for p in self.parts if isinstance(p, ToolResult)), None)
        if result:
            return {"role": "tool", "tool_call_id": result.id, "content": result.text}
        body: dict[str, Any] = {"role": self.role, "content": self._content()}
        if tools:
            body["tool_calls"] = [
                {"id": t.id, "type": "function", "function": {"name": t.name, "arguments": t.arguments}} for t in tools
            ]
        return body

    def _content(self) -> str | list[dict[str, Any]]:
        if not any(isinstance(p, Image) for p in self.parts):
            return self.text
        return [
            {"type": "image_url", "image_url": {"url": p.url}}
            if isinstance(p, Image)
            else {"type": "text", "text": p.text}
            for p in self.parts
            if isinstance(p, (Text, Image))
        ]


def _part_tokens(part: Part) -> int:
    if isinstance(part, Image):
        return IMAGE_TOKENS
    return estimate_tokens(part.name + part.arguments if isinstance(part, ToolCall) else part.text)


def system(text: str) -> Message:
    return Message("system", (Text(text),))


def user(text: str) -> Message:
    return Message("user", (Text(text),))


def assistant(text: str) -> Message:
    return Message("assistant", (Text(text),))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `estimated` where the vendor did not count."""

    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False


IMAGE_TOKENS = 1000
"""Of an image, about: vendors charge some hundreds for a small one, and up to two thousand for a page."""


def estimate_tokens(text: str) -> int:
    """A count without a tokenizer: four UTF-8 bytes a token, at least one. Off by a third either way."""
    return max(1, len(text.encode("utf-8", "surrogatepass")) // 4)


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalog: what it costs, what it can do, where it answers. Holds no secret."""

    id: str
    price_in: float = 0.0
    """USD per million prompt tokens."""
    price_out: float = 0.0
    """USD per million completion tokens."""
    nominal: bool = False
    """The price is made up (a local model): say so wherever it is shown."""
    context: int = 8192
    """Tokens, prompt and answer together."""
    capabilities: frozenset[str] = frozenset()
    """Of: vision, tools, json, logprobs."""
    region: str = ""
    group: str = ""
    """Entries of one group are the same model at different endpoints."""
    tags: tuple[str, ...] = ()
    provider: str = "scripted"
    name: str = ""
    """What the vendor calls it, where that differs from the id."""
    endpoint: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings of its provider."""

    def cost_usd(self, usage: Usage) -> float:
        return (usage.tokens_in * self.price_in + usage.tokens_out * self.price_out) / 1e6


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a strategy may see: never the reference answer, never a score."""

    id: str
    messages: tuple[Message, ...]
    models: tuple[Model, ...]
    """The candidates, in the user's order. Never empty."""
    tags: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    """Request fields sent with it (tools, response_format, max_tokens, ...): what the answering model must be able to do."""

    @property
    def text(self) -> str:
        """What the user asked last."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Case:
    """What a benchmark sees: a prompt, and what is needed to score an answer to it."""

    prompt: Prompt
    reference: str | None = None
    grader: str = "exact"
    split: str = "test"
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the grader needs besides the reference."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A route and its reason."""

    model: str
    why: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Of every candidate, by model id; higher is better."""
    propensity: float = 1.0
    """Probability with which this strategy chooses this model for this prompt."""
    label: str = ""
    """The class the prompt was put in, where the strategy has classes."""
    features: Mapping[str, float | str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model."""

    model: str
    messages: tuple[Message, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    """Request fields as OpenAI names them (temperature, max_tokens, tools, ...), unknown ones too."""
    role: Role = "answer"
    sample: int = 0
    _key: str = field(default="", init=False, repr=False, compare=False)

    @property
    def key(self) -> str:
        """Identity of what the model is sent; what the call is for is not part of it."""
        if not self._key:  # hashing a long conversation takes a while: once
            said = [m.as_json() for m in self.messages]
            object.__setattr__(self, "_key", content_key([self.model, self.sample, dict(self.params), said]))
        return self._key


def sent_tokens(messages: Sequence[Message], params: Mapping[str, Any]) -> int:
    """Estimated tokens of what a model is sent: messages, and the schemas of the tools it may call."""
    said = sum(m.tokens for m in messages)
    return said + estimate_tokens(json.dumps(params["tools"], default=str)) if params.get("tools") else said


def longest_answer(params: Mapping[str, Any], unlimited: int) -> int:
    """The longest that all answers to a request may be; `unlimited` where it says nothing. 0 or more."""
    most = params.get("max_completion_tokens") or params.get("max_tokens") or unlimited
    return max(0, int(most)) * max(1, int(params.get("n") or 1))


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    usage: Usage
    cost_usd: float
    latency_s: float
    ttft_s: float
    """Time to first token, from sending the request."""
    logprob: float | None = None
    """Mean log-probability of the answer's tokens, where the model gives it."""
    finish: str = "stop"
    """stop, length, tool_calls, or cut: the stream broke off and this is what had come."""


@dataclass(frozen=True, slots=True)
class Answer:
    reply: Reply
    model: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A recorded call with its score: what replay reads and fit learns from."""

    call: Call
    reply: Reply
    score: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What came of one model's answer: what a strategy that learns while it serves is told."""

    prompt: Prompt
    model: str
    reward: float
    """0..1: the quality of an outcome, a judge's score, or the vote (won 1, tied 0.5, lost 0)."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What is compared: a strategy with its parameters, its pool and the pool's price sheet."""

    strategy: str
    params: Mapping[str, Any] = field(default_factory=dict)
    pool: tuple[str, ...] = ()
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    _key: str = field(default="", init=False, repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy,
            "params": dict(self.params),
            "pool": list(self.pool),
            "prices": {k: list(v) for k, v in self.prices.items()},
        }

    @property
    def key(self) -> str:
        if not self._key:
            object.__setattr__(self, "_key", content_key(self.as_json()))
        return self._key
