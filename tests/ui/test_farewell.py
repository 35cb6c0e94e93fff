from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from workbench.bench.process import running_app
from workbench.ui.farewell import Farewell

HEARTBEAT = "/gradio_api/heartbeat/page"
"""The stream that every page of Gradio holds open."""


def test_who_listens_is_told_that_its_reader_has_gone_and_not_before() -> None:
    heard: list[str] = []

    async def listener(scope: Scope, receive: Receive, send: Send) -> None:
        while not heard or heard[-1] != "http.disconnect":
            heard.append((await receive())["type"])

    async def main() -> None:
        bodies: asyncio.Queue[Message] = asyncio.Queue()
        app = Farewell(listener)
        bodies.put_nowait({"type": "http.request"})
        task = asyncio.create_task(app({"type": "http"}, bodies.get, _nowhere))
        while not heard:  # noqa: ASYNC110 - the request is read at once
            await asyncio.sleep(0)
        assert heard == ["http.request"]
        app.say()
        await asyncio.wait_for(task, 5)

    asyncio.run(main())
    assert heard == ["http.request", "http.disconnect"]


async def _nowhere(message: Message) -> None: ...


def test_an_app_with_an_open_page_ends_without_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with running_app(tmp_path, os.environ) as app, httpx.stream("GET", f"{app.url}{HEARTBEAT}", timeout=20) as page:
        beats = page.iter_text()
        assert next(beats).startswith("data: ALIVE")
        os.kill(app.pid, signal.SIGINT)
        assert "".join(beats) == ""
    assert capfd.readouterr().err == ""
