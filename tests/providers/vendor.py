"""A model server on loopback that does what a test tells it to, and notices when its client leaves."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

HANG = b"hang"
RESET = b"reset"


def chunk(text: str | None = None, **more: Any) -> bytes:
    """One event of a streamed completion."""
    choice = {"index": 0, "delta": {"content": text} if text is not None else {}, "finish_reason": None}
    choice |= {k: more.pop(k) for k in ("finish_reason", "logprobs", "delta") if k in more}
    return (
        b"data: "
        + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice], **more}).encode()
        + b"\n\n"
    )


def usage(tokens_in: Any, tokens_out: Any) -> bytes:
    counts = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
    return b"data: " + json.dumps({"id": "1", "choices": [], "usage": counts}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
HELLO = (chunk("Hel"), chunk("lo"), chunk(finish_reason="stop"), usage(5, 2), DONE)


@contextmanager
def full() -> Iterator[str]:
    """The address of a server that accepts nobody: who comes next is not let in, and not refused."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for waiting_room in (first, second):
            waiting_room.setblocking(False)
            waiting_room.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


class Vendor:
    """Answers every request with `status` and `pieces`; HANG and RESET among them do as they say."""

    def __init__(
        self, pieces: Sequence[bytes] = HELLO, status: int = 200, headers: str = "", every_s: float = 0.0
    ) -> None:
        self.pieces, self.status, self.headers, self.every_s = pieces, status, headers, every_s
        self.requests: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        """A client closed its connection before its answer was complete."""
        self.url = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Vendor]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._request(reader):
                if not await self._answer(reader, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bool:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return False
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        self.heads.append(head)
        self.requests.append(json.loads(await reader.readexactly(int(fields["content-length"]))))
        self.asked.set()
        return True

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        kind = "text/event-stream" if self.status == 200 else "application/json"
        head = f"HTTP/1.1 {self.status} x\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n{self.headers}\r\n"
        writer.write(head.encode())
        gone = asyncio.ensure_future(reader.read(1))
        send = asyncio.ensure_future(self._send(writer))
        try:
            await asyncio.wait({gone, send}, return_when=asyncio.FIRST_COMPLETED)
            if send.done():
                return send.result()
            self.left.set()
            return False
        finally:
            gone.cancel()
            send.cancel()
            await asyncio.gather(gone, send, return_exceptions=True)

    async def _send(self, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may be used again."""
        for piece in self.pieces:
            if piece == HANG:
                await asyncio.Event().wait()
            if piece == RESET:
                writer.transport.abort()
                return False
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            await asyncio.sleep(self.every_s)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True
