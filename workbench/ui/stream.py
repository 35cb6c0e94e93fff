"""Feeds of the comparisons that somebody reads, and the HTTP response that carries one to a page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from workbench.services.comparison import Comparison

from .feed import Feed, Reader

UNREAD_S = 8.0
"""How long a comparison runs on with no page open: long enough for a reload, short enough to save tokens."""
HEARTBEAT_S = 15.0


@dataclass
class Feeds:
    unread_s: float = UNREAD_S
    heartbeat_s: float = HEARTBEAT_S
    _feeds: dict[str, Feed] = field(default_factory=dict)
    _timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def of(self, comparison: Comparison) -> Feed:
        """The comparison's feed; one that nobody reads is closed after a while, and what runs is stopped."""
        feed = self._feeds.get(comparison.id)
        if feed is None:
            feed = self._feeds[comparison.id] = Feed(comparison)
        if not feed.readers:
            self._expire_later(comparison)
        return feed

    def open(self, comparison: Comparison, after: str) -> Reader:
        reader = self.of(comparison).subscribe(after)
        if timer := self._timers.pop(comparison.id, None):
            timer.cancel()
        return reader

    def leave(self, reader: Reader) -> None:
        reader.feed.unsubscribe(reader)
        if not reader.feed.readers:
            self._expire_later(reader.feed.comparison)

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for feed in self._feeds.values():
            feed.close()

    def _expire_later(self, comparison: Comparison) -> None:
        if timer := self._timers.pop(comparison.id, None):
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[comparison.id] = loop.call_later(self.unread_s, self._expire, comparison)

    def _expire(self, comparison: Comparison) -> None:
        self._timers.pop(comparison.id, None)
        comparison.stop_unread()
        self._feeds.pop(comparison.id).close()


class EventStream(Response):
    """Server-sent events from a Reader until either side ends it.

    Starlette's streaming response would do, at three times the CPU per event: 200 pages are 4,000 events a second.
    """

    media_type = "text/event-stream"

    def __init__(self, feeds: Feeds, reader: Reader) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self.feeds, self.reader = feeds, reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listening = asyncio.create_task(self._listen(receive))
        beating = asyncio.create_task(self._beat())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while chunk := await self.reader.read():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            listening.cancel()
            beating.cancel()
            self.feeds.leave(self.reader)

    async def _beat(self) -> None:
        """Something is sent now and then, so that nobody on the way takes the silence for the end."""
        while True:
            await asyncio.sleep(self.feeds.heartbeat_s)
            self.reader.ready.set()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.reader.close()
