"""Every response is guarded; requests from elsewhere are refused."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from workbench.ui.security import MAX_BODY, Security

PAGE = "<script>window.a = 1</script><script type=module src=x.js></script><script data-x>b()</script>"


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


async def save(request: Request) -> PlainTextResponse:
    return PlainTextResponse("saved")


def ask(
    method: str, path: str, headers: dict[str, str] | None = None, content: bytes = b"", **options: Any
) -> httpx.Response:
    app = Starlette(routes=[Route("/", page), Route("/api/save", save, methods=["GET", "POST"])])

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(Security(app, **options))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.request(method, path, headers=headers, content=content)

    return asyncio.run(go())


def digest(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def test_a_page_may_run_its_own_inline_scripts_and_no_others() -> None:
    csp = ask("GET", "/").headers["content-security-policy"]
    scripts = next(part for part in csp.split("; ") if part.startswith("script-src"))
    assert scripts == f"script-src 'self' 'unsafe-eval' {digest('window.a = 1')} {digest('b()')}"


@pytest.mark.parametrize("path", ["/", "/api/save", "/nowhere"])
def test_every_response_is_guarded(path: str) -> None:
    headers = ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_space_may_frame_the_app_when_told_so() -> None:
    headers = ask("GET", "/", frame_ancestors=("https://huggingface.co",)).headers
    assert "frame-ancestors https://huggingface.co" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::2]:7860", ""])
def test_a_foreign_host_name_is_refused_with_the_mend(host: str) -> None:
    answer = ask("GET", "/", headers={"host": host})
    assert answer.status_code == 403
    assert "WORKBENCH_ALLOWED_HOSTS" in answer.json()["error"]


def test_an_allowed_host_name_is_served() -> None:
    assert ask("GET", "/", hosts=("team.example",), headers={"host": "team.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}, {"origin": "http://["}],
)
def test_another_site_can_change_nothing(headers: dict[str, str]) -> None:
    assert ask("POST", "/api/save", headers=headers).status_code == 403


def test_our_own_page_can() -> None:
    headers = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}
    assert ask("POST", "/api/save", headers=headers).text == "saved"


def test_an_oversized_request_is_refused_before_it_is_read() -> None:
    answer = ask("POST", "/api/save", headers={"content-length": str(MAX_BODY + 1)}, content=b"x")
    assert answer.status_code == 413
    assert "bytes" in answer.json()["error"]
