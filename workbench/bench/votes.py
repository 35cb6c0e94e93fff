"""How long a vote takes until it is durable and acknowledged, over HTTP, one after another on a running app."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .process import running_app
from .visitors import request

MODELS = """
[[models]]
id = "bench-{i}"
provider = "scripted"
price_in = 1.0
price_out = 2.0
context = 8192
options = {{ latency_s = 0.0, tokens_per_s = 10000, text = "answer {i}" }}
"""


def measure(environ: Mapping[str, str], votes: int = 200) -> dict[str, Any]:
    """Milliseconds from sending a vote to its acknowledgement."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models.toml").write_text(MODELS.format(i=0) + MODELS.format(i=1))
        with running_app(Path(folder), environ) as app:
            times = sorted(asyncio.run(_votes(app.port, votes)))
    return {"votes": votes, "ms_median": 1000 * times[votes // 2], "ms_p99": 1000 * times[int(0.99 * votes)]}


async def _votes(port: int, votes: int) -> list[float]:
    return [await _vote(port, f"prompt {number}") for number in range(votes)]


async def _vote(port: int, prompt: str) -> float:
    columns = [{"strategy": "fixed", "params": {"model": f"bench-{i}"}} for i in range(2)]
    begin = await request(port, "/api/comparisons", {"columns": columns, "prompt": prompt})
    address = f"/api/comparisons/{begin['id']}"
    token = ""
    while not token:
        await asyncio.sleep(0.01)
        token = (await get(port, address))["turns"][0]["vote"].get("token", "")
    begun = time.perf_counter()
    await request(port, f"{address}/vote", {"token": token, "choice": "A"})
    return time.perf_counter() - begun


async def get(port: int, path: str) -> dict[str, Any]:
    import orjson

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    found: dict[str, Any] = orjson.loads(answer.split(b"\r\n\r\n", 1)[1])
    return found
