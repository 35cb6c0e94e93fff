"""Any endpoint that speaks OpenAI's chat completions: vendors, gateways, Ollama, llama.cpp.

Knows the wire only: no retries, no queue, no catalog. `Model.options` it reads: `timeout_s` (longest silence), `connect_s` (longest
wait for a connection), `stream_options` (false for a server that refuses the field), `params` (request fields sent with every call).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import httpx
import orjson

from workbench.errors import CallError
from workbench.events import Delta
from workbench.types import Call, Model, Reply

from . import _errors
from ._limits import CONNECT_S, SILENCE_S, limits
from ._sse import Events
from ._usage import counted

IDLE = 8
"""Connections kept for the next call. httpx looks at every idle one on each request, so more would be slower."""
GRACE_S = 0.05
"""How long to wait for the proper end of a finished response: what ends properly keeps its connection."""
LONGEST_ERROR = 1 << 16
FINISHES = {"max_tokens": "length", "function_call": "tool_calls"}


def connect(base_url: str) -> httpx.AsyncClient:
    """A client for one endpoint. Never follows redirects, which would carry the key elsewhere."""
    url = httpx.URL(base_url)
    loopback = url.host in ("127.0.0.1", "::1", "localhost")
    return httpx.AsyncClient(
        # A plain context trusts nobody, and is ready at once: loading authorities takes 20 ms that http needs not pay.
        verify=True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=not loopback,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=IDLE),
        timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S, pool=None),
    )


class OpenAI:
    """One model at one address. `key` goes into the Authorization header and nowhere else."""

    def __init__(
        self, model: Model, *, base_url: str = "", key: str = "", client: httpx.AsyncClient | None = None
    ) -> None:
        self.model = model
        self._url = f"{(base_url or model.endpoint).rstrip('/')}/chat/completions"
        self._key = key = key.strip()
        self._client = client or connect(self._url)
        self._owns_client = client is None
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            self._headers["Authorization"] = f"Bearer {_errors.sendable(model.id, key)}"

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        answer = Completion(self.model, call, self._key)
        try:
            async with self._client.stream(
                "POST", self._url, content=self._body(call), headers=self._headers, timeout=limits(self.model)
            ) as response:
                if response.status_code != 200:
                    raise await self._refusal(response)
                chunks = response.aiter_raw()
                async for data in chunks:
                    for text in answer.feed(data):
                        yield Delta(text)
                    if answer.done:
                        break
                answer.end()
                await _drain(chunks)
        except httpx.HTTPError as error:
            raise answer.broken(error, self._url) from None
        yield answer.reply()

    async def close(self) -> None:
        if self._owns_client:
            await self._client.aclose()

    def _body(self, call: Call) -> bytes:
        body: dict[str, Any] = {**self.model.options.get("params", {}), **call.params}
        body |= {
            "model": self.model.name or self.model.id,
            "messages": [m.as_json() for m in call.messages],
            "stream": True,
        }
        if self.model.options.get("stream_options", True):
            body["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        if "logprobs" in self.model.capabilities:
            body.setdefault("logprobs", True)
        try:
            return orjson.dumps(body)
        except TypeError:  # half a surrogate pair in pasted text: the only text orjson refuses
            return orjson.dumps(_sound(body))

    async def _refusal(self, response: httpx.Response) -> CallError:
        body = b""
        async for data in response.aiter_bytes():
            body += data
            if len(body) > LONGEST_ERROR:
                break
        return _errors.of_status(self.model.id, response.status_code, body, response.headers, key=self._key)


class Completion:
    """One streamed answer: takes bytes, gives text, and in the end the Reply."""

    __slots__ = (
        "_bytes",
        "_call",
        "_events",
        "_finish",
        "_key",
        "_logprobs",
        "_model",
        "_started",
        "_texts",
        "_ttft",
        "_usage",
        "done",
    )

    def __init__(self, model: Model, call: Call, key: str = "") -> None:
        self._model, self._call, self._key = model, call, key
        self._events = Events()
        self._bytes = 0
        self._texts: list[str] = []
        self._finish = ""
        self._usage: Any = None
        self._logprobs: list[float] = []
        self._ttft: float | None = None
        self._started = time.perf_counter()
        self.done = False
        """The server said [DONE]."""

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def feed(self, data: bytes) -> Iterator[str]:
        """Pieces of text in these bytes. Raises BadReply, StreamCut or what the vendor reports."""
        self._bytes += len(data)
        try:
            yield from self._pieces(self._events.feed(data))
        except ValueError as error:
            raise _errors.garbled(self._model.id, _errors.quote(str(error), self._key)) from None

    def end(self) -> None:
        """The stream is over. Raises StreamCut when the answer is not, BadReply when this was no answer."""
        try:
            deque(self._pieces(self._events.end()), maxlen=0)
        except ValueError:
            raise self._cut("its last event is incomplete") from None
        if self.done or self._finish:
            return
        if self._bytes and not self._events.seen:
            raise _errors.garbled(self._model.id, "not an event stream")
        raise self._cut("the stream ended early")

    def broken(self, error: httpx.HTTPError, url: str) -> CallError:
        """What a network error means now: before the first text the server failed, after it the answer was cut."""
        if self._texts and not isinstance(error, httpx.TimeoutException):
            return self._cut("the connection broke")
        return _errors.of_network(self._model.id, error, url)

    def reply(self) -> Reply:
        latency = time.perf_counter() - self._started
        text, said = self.text, self._usage if isinstance(self._usage, dict) else {}
        usage = counted(self._call, text, said.get("prompt_tokens"), said.get("completion_tokens"))
        return Reply(
            text=text,
            usage=usage,
            cost_usd=self._model.cost_usd(usage),
            latency_s=latency,
            ttft_s=latency if self._ttft is None else self._ttft,
            logprob=sum(self._logprobs) / len(self._logprobs) if self._logprobs else None,
            finish=FINISHES.get(self._finish, self._finish) or "stop",
        )

    def _pieces(self, events: list[bytes]) -> Iterator[str]:
        for event in events:
            if event == b"[DONE]":
                self.done = True
            elif text := self._add(orjson.loads(event)):
                if self._ttft is None:
                    self._ttft = time.perf_counter() - self._started
                self._texts.append(text)
                yield text

    def _add(self, chunk: Any) -> str:
        if not isinstance(chunk, dict):
            raise ValueError(f"expected an object, not {str(chunk)[:40]!r}")
        if chunk.get("error"):
            raise self._reported(chunk["error"])
        if usage := chunk.get("usage"):
            self._usage = usage
        if not chunk.get("choices"):
            return ""
        try:
            return self._choice(chunk["choices"][0])
        except (AttributeError, KeyError, TypeError):
            raise ValueError("a chunk that is not a completion's") from None

    def _choice(self, choice: dict[str, Any]) -> str:
        """One choice of one chunk. Tool calls are left to `finish`; a Reply has no place for them."""
        if choice.get("index"):
            return ""
        if finish := choice.get("finish_reason"):
            self._finish = str(finish)
        if logprobs := choice.get("logprobs"):
            self._logprobs += [float(token["logprob"]) for token in logprobs.get("content") or ()]
        text = (choice.get("delta") or {}).get("content") or ""
        if not isinstance(text, str):
            raise TypeError
        return text

    def _reported(self, error: Any) -> CallError:
        found = _errors.of_payload(self._model.id, error, key=self._key)
        return self._cut(str(found)) if self._texts else found

    def _cut(self, why: str) -> CallError:
        return _errors.cut(self._model.id, self.text, why)


async def _drain(chunks: Any) -> None:
    """Read what follows [DONE], which is nothing: only a response read to its end gives its connection back."""
    try:
        async with asyncio.timeout(GRACE_S):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx.HTTPError):
        return


def _sound(value: Any) -> Any:
    """The value with lone surrogates replaced, as JSON in UTF-8 needs it."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {k: _sound(v) for k, v in value.items()}
        case list() | tuple():
            return [_sound(v) for v in value]
    return value
