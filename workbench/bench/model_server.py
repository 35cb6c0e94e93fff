"""A model server that does nothing but keep time: the same first token after the same wait, on a loopback port.

Run as a process of its own, so that it takes no time from what is measured: `python -m workbench.bench.model_server`
prints its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys

WAIT_S = 0.1
TOKENS = 25
PACE_S = 0.02
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(delta: dict[str, str], finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    body = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(body | ({"usage": usage} if usage else {})).encode() + b"\n\n"


def framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer request after request of one connection, as model servers do."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length"))
            await reader.readexactly(length)
            await answer(writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def answer(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    await asyncio.sleep(WAIT_S)
    for i in range(TOKENS):
        writer.write(framed(chunk({"content": f"word{i} "})))
        await asyncio.sleep(PACE_S)
    usage = {"prompt_tokens": 5, "completion_tokens": TOKENS, "total_tokens": TOKENS + 5}
    writer.write(framed(chunk({}, "stop", usage) + b"data: [DONE]\n\n") + b"0\r\n\r\n")
    await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
