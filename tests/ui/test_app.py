"""The whole app, Gradio's pages included: who answers which address, and what every response carries."""

from __future__ import annotations

import asyncio
import re
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.desk import settings
from workbench.errors import BadInput
from workbench.services.desk import Desk
from workbench.ui.app import address, build, listen

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


@asynccontextmanager
async def visitor(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    desk = Desk.open(settings(home))
    transport = httpx.ASGITransport(build(desk), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        try:
            yield client
        finally:
            await desk.close()


def test_our_addresses_come_before_gradios_and_every_response_is_guarded(tmp_path: Path) -> None:
    expected = {
        "/": (200, "text/html"),
        "/history": (200, "text/html"),
        "/routes": (200, "text/html"),
        "/learn": (200, "text/html"),
        "/settings": (200, "text/html"),
        "/config": (200, "application/json"),
        "/healthz": (200, "application/json"),
        "/api/setup": (200, "application/json"),
        "/api/checks": (200, "application/json"),
        "/api/runs": (200, "application/json"),
        "/api/routing": (200, "application/json"),
        "/api/nothing": (404, "application/json"),
        "/api/comparisons/none": (400, "application/json"),
        "/api/exports/runs.csv": (200, "text/csv"),
        "/ui/styles/tokens.css": (200, "text/css"),
        "/ui/nothing.css": (404, ""),
        "/nothing/at/all": (404, ""),
        "/theme.css": (200, "text/css"),
    }

    async def main() -> None:
        async with visitor(tmp_path) as client:
            for path, (status, kind) in expected.items():
                response = await client.get(path)
                assert response.status_code == status, path
                assert response.headers.get("content-type", "").startswith(kind), path
                guarded(response)
            scripts = re.findall(r'(?:src|href)="(?:\./|/)?(assets/[^"]+)"', (await client.get("/")).text)
            assert scripts
            guarded(await client.get(f"/{scripts[0]}"))
            refused = await client.get("/", headers={"host": "evil.example"})
            assert refused.status_code == 403
            assert "WORKBENCH_ALLOWED_HOSTS" in refused.json()["error"]

    asyncio.run(main())


def test_nobody_fills_the_disk_through_gradio(tmp_path: Path) -> None:
    async def main() -> None:
        async with visitor(tmp_path) as client:
            response = await client.post("/gradio_api/upload", files={"files": ("big.txt", b"x" * 1000)})
            assert response.status_code == 413
            assert (await client.get("/gradio_api/file=/etc/hostname")).status_code == 403

    asyncio.run(main())


def guarded(response: httpx.Response) -> None:
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, response.url
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_mounting_warns_of_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        desk = Desk.open(settings(tmp_path))
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            build(desk)
        await desk.close()
        assert [str(w.message) for w in seen if issubclass(w.category, UserWarning)] == []

    asyncio.run(main())


def test_a_port_in_use_is_told_with_what_mends_it() -> None:
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(BadInput, match=f"port {port} is in use.*PORT"):
            listen("127.0.0.1", port)


def test_a_port_that_was_just_left_can_be_taken_again() -> None:
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller:
            held.accept()[0].close()
            caller.recv(1)
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["198.51.100.7", "no such host"])
def test_an_address_that_is_not_ours_is_told_with_what_mends_it(host: str) -> None:
    with pytest.raises(BadInput, match=r"cannot listen on .*WORKBENCH_HOST"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("box", "box")],
)
def test_the_address_shown_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    assert address(host, 7860) == f"http://{shown}:7860"
