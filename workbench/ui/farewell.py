"""Ends what has no end of its own: streams that pages keep open would hold the server when it is told to stop."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Farewell:
    """Once `say` was called, every request hears that its reader has gone, and ends as if that were so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._said = asyncio.Event()

    def say(self) -> None:
        self._said.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def hear() -> Message:
            heard, said = asyncio.ensure_future(receive()), asyncio.ensure_future(self._said.wait())
            try:
                await asyncio.wait((heard, said), return_when=asyncio.FIRST_COMPLETED)
                return heard.result() if heard.done() else {"type": "http.disconnect"}
            finally:
                heard.cancel()
                said.cancel()

        await self.app(scope, hear if scope["type"] == "http" else receive, send)
