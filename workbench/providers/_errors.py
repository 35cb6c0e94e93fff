"""What vendors and networks say when they fail, as the error tree: the one place that knows.

Texts name the model, quote the vendor shortly and say what to do. A key that a vendor quotes back is struck out.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from workbench.errors import (
    AuthFailed,
    BadReply,
    BadRequest,
    CallError,
    CallTimeout,
    ContextTooLong,
    RateLimited,
    ServerFailed,
    StreamCut,
)

QUOTED = 300
"""Characters of a vendor's message that are shown."""
TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (window|size|length)"
    r"|prompt is too long|too many (input )?tokens|exceeds the (maximum|available) (number of tokens|context)"
    r"|reduce the length of the messages",
    re.IGNORECASE,
)
LITELLM_PREFIX = re.compile(r"^(litellm\.)?(\w+(Error|Timeout|Exception): )*(\w+Exception - )?")
SECRET = re.compile(r"(?i)\b(bearer\s+|[?&]key=|x-api-key:\s*)[^\s&'\"]+|\b(sk|hf|gsk|AIza)[-_A-Za-z0-9*.]{8,}")


def of_status(
    model: str, status: int, body: bytes | str, headers: Mapping[str, str] | None = None, *, key: str = ""
) -> CallError:
    """The error that an HTTP status other than 200 stands for; 3xx too, since no provider follows redirects."""
    said = quote(_message(body), key)
    where = f"{model}: HTTP {status}" + (f", {said}" if said else "")
    wait = retry_after_s(headers or {})
    match status:
        case 429:
            return RateLimited(f"{where}; {_again(wait)}", wait)
        case 401 | 402 | 403:
            return AuthFailed(f"{where}; check the key that this model's catalog entry names, and its credit")
        case 408 | 504:
            return _not_before(wait, CallTimeout(f"{where}; try again, or ask for a shorter answer"))
        case 413:
            return too_long(model, said)
    if status >= 500:
        return _not_before(wait, ServerFailed(f"{where}; the vendor is in trouble: try again or choose another model"))
    if TOO_LONG.search(_text(body)):
        return too_long(model, said)
    if status == 404:
        return BadRequest(f"{where}; check name and endpoint of this model's catalog entry")
    return BadRequest(f"{where}; asking again will not help")


def _not_before(wait: float | None, error: CallError) -> CallError:
    """The error with what the vendor says of when to ask again: not only 429 does (RFC 9110, 10.2.3)."""
    error.retry_after_s = wait
    return error


def of_payload(model: str, error: Any, *, key: str = "") -> CallError:
    """The error that a vendor put into a stream it had begun with status 200."""
    code = error.get("code") if isinstance(error, dict) else None
    status = int(str(code)) if str(code) in map(str, range(400, 600)) else 0
    body = orjson.dumps({"error": error})
    if not status:
        status = 429 if "rate_limit" in _text(body) else 400 if TOO_LONG.search(_text(body)) else 500
    return of_status(model, status, body, key=key)


def of_network(model: str, error: httpx.HTTPError, url: str) -> CallError:
    """What an httpx exception before the first byte of an answer stands for."""
    host = httpx.URL(url).netloc.decode("ascii", "replace").rpartition("@")[2]
    match error:
        case httpx.ConnectTimeout():
            return CallTimeout(f"{model}: no connection to {host} in time; is the address right and the network up?")
        case httpx.TimeoutException():
            return CallTimeout(f"{model}: {host} was silent for too long; try again or choose another model")
        case httpx.ConnectError():
            return ServerFailed(f"{model}: cannot connect to {host}; is the server running and the address right?")
        case httpx.NetworkError() | httpx.RemoteProtocolError():
            return ServerFailed(f"{model}: {host} closed the connection without an answer; try again")
    return ServerFailed(f"{model}: talking to {host} failed ({type(error).__name__}); try again")


def of_litellm(model: str, error: Exception, *, key: str = "") -> CallError:
    """What an exception of litellm (or of the OpenAI client beneath it) stands for, by its status and name."""
    while getattr(error, "original_exception", None) is not None:
        error = error.original_exception  # type: ignore[attr-defined]  # litellm's, seen above
    name, said = type(error).__name__, LITELLM_PREFIX.sub("", str(error))
    if _was_garbled(error):
        return garbled(model, quote(said, key))
    if "Timeout" in name:
        return CallTimeout(f"{model}: {quote(said, key)}; try again or choose another model")
    if name == "ContextWindowExceededError":
        return too_long(model, quote(said, key))
    if name == "APIConnectionError" or said.startswith("Connection error"):
        return ServerFailed(f"{model}: {quote(said, key)}; is the server running and the network up?")
    status = getattr(error, "status_code", None)
    headers = getattr(error, "litellm_response_headers", None)
    return of_status(model, status if isinstance(status, int) else 500, said, headers, key=key)


def _was_garbled(error: BaseException | None) -> bool:
    """The exception, or one it came from, is about text that is not what it should be."""
    while error is not None:
        if isinstance(error, ValueError) or type(error).__name__ == "APIResponseValidationError":
            return True
        error = error.__cause__ or error.__context__
    return False


def of_record(error: str) -> CallError:
    """A recorded failure, `kind: text`, as the error it was."""
    kind, colon, text = error.partition(": ")
    found = next((c for c in _tree(CallError) if c.kind == kind), None)
    return found(text) if colon and found else CallError(error)


def sendable(model: str, key: str) -> str:
    """The key, when a header can carry it. Raises AuthFailed, which does not quote it."""
    if key.isascii() and key.isprintable() and " " not in key:
        return key
    raise AuthFailed(f"{model}: its key holds characters that no key has; was it pasted whole and alone?")


def too_long(model: str, said: str = "") -> ContextTooLong:
    return ContextTooLong(
        f"{model}: the conversation does not fit its context window{f' ({said})' if said else ''}; "
        "shorten it, lower max tokens, or choose a model with a longer context"
    )


def garbled(model: str, what: str) -> BadReply:
    return BadReply(f"{model}: the answer cannot be understood ({what}); is this an OpenAI-compatible endpoint?")


def cut(model: str, text: str, why: str = "the stream ended early") -> StreamCut:
    why = why.removeprefix(f"{model}: ")
    return StreamCut(f"{model}: the answer stopped in the middle ({why}) after {len(text)} characters; try again", text)


def quote(text: str, key: str = "") -> str:
    """At most `QUOTED` characters of one line, with anything like a key struck out."""
    if key:
        text = text.replace(key, "[key]")
    line = " ".join(SECRET.sub("[key]", text).split()).rstrip(".")
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date). None when not said, or not so that it can
    be understood."""
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _seconds(text)
    return _seconds_until(text, time.time() if now is None else now) if seconds is None else seconds


def _seconds(text: str) -> float | None:
    """A number of 0 or more, or None: infinity is no time to wait."""
    try:
        found = float(text)
    except ValueError:
        return None
    return max(0.0, found) if math.isfinite(found) else None


def _seconds_until(date: str, now: float) -> float | None:
    """A date without a zone is of Greenwich, as all HTTP dates are (RFC 9110, 5.6.7)."""
    try:
        found = parsedate_to_datetime(date)
        return max(0.0, found.replace(tzinfo=found.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _again(wait: float | None) -> str:
    return "too many requests: try again later" if wait is None else f"too many requests: try again in {wait:.3g} s"


def _message(body: bytes | str) -> str:
    """The words in a vendor's error: `error.message`, `message`, `detail`, else the text as it is."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _text(body)
    while isinstance(found, (dict, list)):
        inner = (
            found[:1] if isinstance(found, list) else [found[k] for k in ("error", "message", "detail") if k in found]
        )
        if not inner:
            return _text(body)
        found = inner[0]
    return str(found)


def _text(body: bytes | str) -> str:
    return body if isinstance(body, str) else body.decode("utf-8", "replace")


def _tree(root: type[CallError]) -> Iterator[type[CallError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)
