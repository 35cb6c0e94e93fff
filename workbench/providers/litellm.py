"""All vendors that do not speak OpenAI's dialect, translated by litellm.

litellm takes seconds to import and reads its switches from the environment while it does: it is imported on the
first call, in a thread, with its network look-ups, `.env` reading and debug output off. Reliability is ours:
litellm never retries. `Model.options` it reads: `timeout_s` and `connect_s` (litellm bounds the wait for a connection apart for OpenAI,
Azure and Bedrock only; for the others the first token's limit is what ends it), `params` (request fields sent with every call).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx

from workbench.errors import CallError
from workbench.events import Delta
from workbench.types import Call, Model, Reply

from . import _errors
from ._limits import limits
from ._usage import counted

SWITCHES = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_MODE": "PRODUCTION",  # in its other mode it loads a .env file from wherever the user stands
}
FIELDS = frozenset(
    "temperature top_p max_tokens max_completion_tokens stop seed n presence_penalty frequency_penalty logit_bias "  # noqa: SIM905 - a list of words reads better so
    "logprobs top_logprobs tools tool_choice parallel_tool_calls response_format reasoning_effort user".split()
)
"""What is a request field to litellm too. Its other arguments (an address, a callback) are not a caller's to set:
fields we do not know travel in the body."""


class LiteLLM:
    """One model, by litellm's name for it (`Model.name`, else its id)."""

    def __init__(self, model: Model, *, key: str = "") -> None:
        self.model = model
        self._key = key.strip()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        litellm, vendor_errors = await asyncio.to_thread(load)
        answer = _Answer(self.model, call)
        try:
            chunks = await litellm.acompletion(**self._request(call))
            async with aclosing(chunks):
                async for chunk in chunks:
                    if text := answer.add(chunk):
                        yield Delta(text)
                # A stream that just ended looks finished by now: litellm says `stop` where the vendor said nothing.
                answer.finish = getattr(chunks, "received_finish_reason", None) or ""
        except vendor_errors as error:
            raise self._failed(answer, error) from None
        if not answer.finish:
            raise _errors.cut(self.model.id, answer.text)
        yield answer.reply()

    async def close(self) -> None:
        """Close litellm's connections; it shares them between models."""
        if (litellm := sys.modules.get("litellm")) is not None:
            await litellm.close_litellm_async_clients()

    def _request(self, call: Call) -> dict[str, Any]:
        params = {**self.model.options.get("params", {}), **call.params}
        foreign = {k: v for k, v in params.items() if k not in FIELDS and k not in ("stream", "stream_options")}
        request: dict[str, Any] = {k: v for k, v in params.items() if k in FIELDS}
        if "logprobs" in self.model.capabilities:
            request.setdefault("logprobs", True)
        if foreign:
            request["extra_body"] = foreign
        return request | {
            "model": self.model.name or self.model.id,
            "messages": [m.as_json() for m in call.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "api_key": self._key or None,
            "api_base": self.model.endpoint or None,
            "timeout": limits(self.model),
            "max_retries": 0,
            "num_retries": 0,
            "drop_params": True,  # a vendor without, say, `seed` answers all the same
        }

    def _failed(self, answer: _Answer, error: Exception) -> CallError:
        found = _errors.of_litellm(self.model.id, error, key=self._key)
        return _errors.cut(self.model.id, answer.text, str(found)) if answer.text else found


class _Answer:
    """One answer as litellm's chunks tell it."""

    def __init__(self, model: Model, call: Call) -> None:
        self._model, self._call = model, call
        self._texts: list[str] = []
        self._logprobs: list[float] = []
        self._usage: Any = None
        self._ttft: float | None = None
        self._started = time.perf_counter()
        self.finish = ""

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def add(self, chunk: Any) -> str:
        self._usage = getattr(chunk, "usage", None) or self._usage
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        logprobs = getattr(choice, "logprobs", None)
        self._logprobs += [token.logprob for token in getattr(logprobs, "content", None) or ()]
        text = choice.delta.content or ""
        if text and self._ttft is None:
            self._ttft = time.perf_counter() - self._started
        self._texts.append(text)
        return str(text)

    def reply(self) -> Reply:
        latency = time.perf_counter() - self._started
        text = self.text
        asked, answered = (getattr(self._usage, f"{side}_tokens", None) for side in ("prompt", "completion"))
        usage = counted(self._call, text, asked or None, answered or 0)  # 0 asked: litellm says so where nobody counted
        ttft = latency if self._ttft is None else self._ttft
        logprob = sum(self._logprobs) / len(self._logprobs) if self._logprobs else None
        return Reply(text, usage, self._model.cost_usd(usage), latency, ttft, logprob, self.finish)


def load() -> tuple[Any, tuple[type[Exception], ...]]:
    """litellm, silenced, and the exceptions it raises. Takes seconds the first time."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)  # noqa: TID251 - written, not read: litellm takes its switches nowhere else
    first = "litellm" not in sys.modules
    import litellm
    import openai

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    litellm.turn_off_message_logging = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if first:
        _warm(litellm, openai)
    return litellm, (openai.OpenAIError, httpx.HTTPError, ValueError, TimeoutError, ConnectionError)


def _warm(litellm: Any, openai: Any) -> None:
    """Have it import now what it imports at its first answer: that would hold the event loop for a second."""
    said = [{"role": "user", "content": "x"}]
    for _ in litellm.completion(model="openai/none", messages=said, mock_response="x", stream=True):
        pass
    openai.AsyncOpenAI(api_key="none").chat.completions  # noqa: B018 - imports on being looked at
