"""Our routes around a real desk: called in-process, or served on a real port where connections are what matters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from tests.desk import open_desk
from workbench.services.desk import Desk
from workbench.ui.app import guarded, listen, site
from workbench.ui.document import apply
from workbench.ui.stream import HEARTBEAT_S, UNREAD_S, Feeds


@dataclass
class Site:
    desk: Desk
    feeds: Feeds
    client: httpx.AsyncClient

    async def begin(self, *models: str, blind: bool = False, prompt: str = "Say it.", **more: Any) -> str:
        columns = [{"strategy": "fixed", "params": {"model": model}} for model in models]
        body = {"columns": columns, "blind": blind, "prompt": prompt, **more}
        response = await self.client.post("/api/comparisons", json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def ended(self, key: str) -> dict[str, Any]:
        """The document, once nothing runs any more."""
        async with asyncio.timeout(10):
            while (document := (await self.client.get(f"/api/comparisons/{key}")).json())["busy"]:  # noqa: ASYNC110 - the server changes it
                await asyncio.sleep(0.02)
        return dict(document)


@asynccontextmanager
async def called(home: Path, unread_s: float = UNREAD_S, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[Site]:
    """Without a network."""
    async with open_desk(home) as desk:
        feeds = Feeds(unread_s, heartbeat_s)
        transport = httpx.ASGITransport(guarded(site(desk, feeds), desk), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield Site(desk, feeds, client)
        feeds.close()


@asynccontextmanager
async def served(home: Path, unread_s: float = UNREAD_S, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[Site]:
    """On a free port of loopback, by uvicorn."""
    async with open_desk(home) as desk:
        feeds, sock = Feeds(unread_s, heartbeat_s), listen("127.0.0.1", 0)
        app = guarded(site(desk, feeds), desk)
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([sock]))
        base = f"http://127.0.0.1:{sock.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=base, timeout=10) as client:
                await client.get("/healthz")
                yield Site(desk, feeds, client)
        finally:
            feeds.close()
            server.should_exit = True
            await serving


@dataclass
class Page:
    """What a browser has after the events it was sent."""

    events: list[str] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    last: str = ""
    raw: str = ""

    async def read(self, site: Site, key: str, until: Callable[[Page], bool], after: str = "") -> None:
        """Follow the comparison until the page is as wanted, then close the connection."""
        headers = {"last-event-id": after} if after else {}
        async with (
            asyncio.timeout(10),
            site.client.stream("GET", f"/api/comparisons/{key}/events", headers=headers) as r,
        ):
            assert r.headers["content-type"].startswith("text/event-stream")
            block: dict[str, str] = {}
            async for line in r.aiter_lines():
                self.raw += line + "\n"
                name, _, value = line.partition(": ")
                if line:
                    block[name] = value
                    continue
                self._take(block)
                block = {}
                if until(self):
                    return

    def _take(self, block: dict[str, str]) -> None:
        self.events.append(block.get("event", "comment"))
        self.last = block.get("id", self.last)
        if block.get("event") == "state":
            self.document = json.loads(block["data"])
        elif block.get("event") == "patch":
            apply(self.document, json.loads(block["data"]))


def asked(page: Page) -> bool:
    """Everything is shown, and a vote is asked for."""
    turns = page.document.get("turns") or [{"vote": {"state": "none"}}]
    return turns[-1]["vote"]["state"] == "asked" and not page.document["busy"]
