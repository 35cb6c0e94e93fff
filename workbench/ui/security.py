"""What guards every response and request of the app, as one ASGI layer.

Responses carry CSP, nosniff, referrer, frame and permissions headers. Inline scripts of Gradio's page are allowed by
the hash of exactly the bytes that were sent, so nothing that an answer could smuggle in would run. Requests must name
a host that is ours (else a page elsewhere could reach a loopback app through a name that resolves to it), and what
changes something must come from our own origin.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
MAX_BODY = 4_000_000
"""Bytes of one request to our own routes."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


class Security:
    def __init__(self, app: ASGIApp, *, hosts: Sequence[str] = (), frame_ancestors: Sequence[str] = ()) -> None:
        self.app = app
        self.hosts = LOOPBACK | {h.lower() for h in hosts}
        self.frame_ancestors = " ".join(frame_ancestors) or "'none'"
        self.policy = policy("", self.frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal, status = self._refuse(scope["method"], headers), 403
        if not refusal and scope["path"].startswith("/api/"):
            refusal, status = oversized(headers), 413
        if refusal:
            await JSONResponse({"error": refusal}, status)(scope, receive, send)
            return
        await self.app(scope, receive, _Guarded(send, self))

    def _refuse(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if hostname(f"//{host}") not in self.hosts:
            return (
                "This host name is not allowed. Set WORKBENCH_ALLOWED_HOSTS to the names people use to reach the app."
            )
        origin = headers.get("origin")
        if method not in SAFE and origin and origin.partition("://")[2] != host:
            return "This request came from another site."
        if method not in SAFE and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "This request came from another site."
        return ""


class _Guarded:
    """Sends on with our headers; holds back an HTML page's start until its scripts are known."""

    def __init__(self, send: Send, security: Security) -> None:
        self.send, self.security = send, security
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                self.start = message
                return
            self._guard(headers, self.security.policy)
        elif self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = MutableHeaders(scope=self.start)
            self._guard(headers, policy(hashes(self.body), self.security.frame_ancestors))
            await self.send(self.start)
            message, self.start = {"type": "http.response.body", "body": self.body}, None
        await self.send(message)

    def _guard(self, headers: MutableHeaders, csp: str) -> None:
        headers["content-security-policy"] = csp
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        headers["permissions-policy"] = "camera=(), microphone=(), geolocation=()"
        headers["cross-origin-opener-policy"] = "same-origin"
        if self.security.frame_ancestors == "'none'":
            headers["x-frame-options"] = "DENY"


def oversized(headers: Headers) -> str:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit() or int(length) > MAX_BODY:
        return f"A request may have {MAX_BODY:,} bytes: shorten the prompt or split it."
    return ""


def hostname(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def hashes(page: bytes) -> str:
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)


def policy(scripts: str, frame_ancestors: str) -> str:
    """`unsafe-eval` is what Gradio's own templates need; inline style likewise. Answers can carry neither."""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )
