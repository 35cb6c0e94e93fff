"""Many visitors at once: each opens one comparison of four columns on scripted models and reads it to the end."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .process import cpu_s, running_app

COLUMNS = 4
PACE = 50.0
"""Chunks a second of every column."""
LATENCY_S = 0.3
MODEL = """
[[models]]
id = "{name}"
provider = "scripted"
price_in = 1.0
price_out = 2.0
context = 8192
[models.options]
latency_s = {latency}
tokens_per_s = {pace}
text = "{text}"
"""


@dataclass
class Visit:
    first: dict[str, float] = field(default_factory=dict)
    """Seconds from the request to each column's first words."""
    done: dict[str, float] = field(default_factory=dict)


def measure(
    environ: Mapping[str, str], visitors: int = 200, seconds: float = 16.0, spread_s: float = 8.0
) -> dict[str, Any]:
    """The app on one core, the visitors on the other. `ratio` is p95 of the time to the last word over the ideal."""
    chunks = int(seconds * PACE)
    with tempfile.TemporaryDirectory() as folder:
        write_models(Path(folder), chunks)
        cores = sorted(os.sched_getaffinity(0))
        with running_app(Path(folder), environ, cores[:1]) as app:
            os.sched_setaffinity(0, set(cores[1:]) or set(cores))
            begun, used = time.perf_counter(), cpu_s(app.pid)
            visits = asyncio.run(_all(app.port, visitors, spread_s))
            used, wall = cpu_s(app.pid) - used, time.perf_counter() - begun
            os.sched_setaffinity(0, set(cores))
    return figures(visits, LATENCY_S + chunks / PACE) | {"cpu_share": used / wall}


def write_models(home: Path, chunks: int) -> None:
    text = " ".join(["word"] * chunks)
    entries = (MODEL.format(name=f"bench-{i}", latency=LATENCY_S, pace=PACE, text=text) for i in range(COLUMNS))
    (home / "models.toml").write_text("".join(entries))


def figures(visits: list[Visit], ideal_s: float) -> dict[str, Any]:
    whole = sorted(t for v in visits for t in v.done.values())
    added = sorted(t - LATENCY_S for v in visits for t in v.first.values())
    return {
        "visitors": len(visits),
        "columns_done": len(whole),
        "ideal_s": ideal_s,
        "median_s": statistics.median(whole),
        "p95_s": whole[int(0.95 * len(whole))],
        "ratio": whole[int(0.95 * len(whole))] / ideal_s,
        "first_token_added_ms_median": 1000 * statistics.median(added),
        "first_token_added_ms_p95": 1000 * added[int(0.95 * len(added))],
    }


async def _all(port: int, visitors: int, spread_s: float) -> list[Visit]:
    return await asyncio.gather(*(_visit(port, i * spread_s / visitors) for i in range(visitors)))


async def _visit(port: int, delay_s: float) -> Visit:
    await asyncio.sleep(delay_s)
    return await compare(port, {"prompt": "go", "max_tokens": 100_000})


async def compare(port: int, wish: dict[str, Any]) -> Visit:
    """Begin one comparison of the benchmark's columns and read its event stream to the end."""
    visit, begun = Visit(), time.perf_counter()
    columns = [{"strategy": "fixed", "params": {"model": f"bench-{i}"}} for i in range(COLUMNS)]
    begin = await request(port, "/api/comparisons", {"columns": columns, **wish})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/comparisons/{begin['id']}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    async for line in reader:
        if line.startswith(b"data: "):
            note(visit, json.loads(line[6:]), time.perf_counter() - begun)
            if len(visit.done) == COLUMNS:
                break
    writer.close()
    return visit


def note(visit: Visit, data: dict[str, Any], at_s: float) -> None:
    """Take one event: the document, or a patch."""
    turns = data.get("turns") or ([data] if "columns" in data and "turn" in data else [])
    for letter, column in (item for turn in turns for item in turn["columns"].items()):
        fields = {**column, **column.get("set", {})}
        if fields.get("tail_add") or fields.get("tail") or fields.get("html"):
            visit.first.setdefault(letter, at_s)
        if fields.get("status") == "done":
            visit.done.setdefault(letter, at_s)


async def request(port: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    answer = await reader.read()
    writer.close()
    found: dict[str, Any] = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    return found
