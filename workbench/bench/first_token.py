"""Time to first token that the workbench adds, four columns at once, over asking the model server directly.

Both are asked in turn, round by round, so that both see the same machine. Directly: four requests at once on open
connections, each timed from sending it to its first token. Through the workbench: one comparison, each column timed from sending the request
that begins it to its first words in the event stream.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .process import running_app
from .visitors import COLUMNS, compare

MODEL = """
[[models]]
id = "bench-{i}"
provider = "openai"
endpoint = "http://127.0.0.1:{port}/v1"
price_in = 1.0
price_out = 2.0
context = 8192
"""


def measure(environ: Mapping[str, str], rounds: int = 25) -> dict[str, Any]:
    """Milliseconds; medians over rounds x columns."""
    with tempfile.TemporaryDirectory() as folder, model_server() as upstream:
        (Path(folder) / "models.toml").write_text("".join(MODEL.format(i=i, port=upstream) for i in range(COLUMNS)))
        with running_app(Path(folder), environ) as app:
            direct, through = asyncio.run(_rounds(upstream, app.port, rounds))
    return {
        "columns": COLUMNS,
        "rounds": rounds,
        "direct_ms_median": 1000 * statistics.median(direct),
        "through_ms_median": 1000 * statistics.median(through),
        "added_ms_median": 1000 * (statistics.median(through) - statistics.median(direct)),
    }


@contextmanager
def model_server() -> Iterator[int]:
    """A model server in a process of its own; its port."""
    command = [sys.executable, "-m", "workbench.bench.model_server"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


async def _rounds(upstream: int, port: int, rounds: int) -> tuple[list[float], list[float]]:
    direct: list[float] = []
    through: list[float] = []
    pool = [f"bench-{i}" for i in range(COLUMNS)]
    lines = [await asyncio.open_connection("127.0.0.1", upstream) for _ in range(COLUMNS)]
    for number in range(rounds + 2):
        asked = await asyncio.gather(*(_ask(*line, f"{number} {i}") for i, line in enumerate(lines)))
        visit = await compare(port, {"pool": pool, "prompt": f"round {number}"})
        if number >= 2:  # the first rounds open connections and load code
            direct += asked
            through += visit.first.values()
    for _, writer in lines:
        writer.close()
    return direct, through


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, prompt: str) -> float:
    begun = time.perf_counter()
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": prompt}]}).encode()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await reader.readuntil(b'"content"')
    first = time.perf_counter() - begun
    await reader.readuntil(b"\r\n0\r\n\r\n")
    return first
