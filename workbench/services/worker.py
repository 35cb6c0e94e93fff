"""One replay in a process of its own, so that nothing it computes holds up a page: what it finds goes to the shelf.

What it tells through its pipe: ("step", text, done, total) for every fold, ("embedding", done, total), and at the end
("done",) or ("failed", text).
"""

from __future__ import annotations

import gzip
import os
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import orjson

from workbench.errors import BadInput, WorkbenchError
from workbench.palette import distinct_colors
from workbench.settings import Settings

from .benchmark import Request, describe, judge
from .columns import split
from .judged import Judged
from .shelf import Shelf

SHOWN = 280
"""Characters of a prompt that a list shows."""
PATIENT = 10
"""Added to the process's niceness: pages and local models go first."""


def work(asked: Mapping[str, Any], data_key: str, settings: Settings, shelf: Shelf, pipe: Connection) -> None:
    """Replay, keep, tell. The process's main function."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the app, which ends this process itself
    if hasattr(os, "nice"):
        os.nice(PATIENT)
    try:
        _replay(Request.parse(asked), data_key, settings, shelf, pipe)
        pipe.send(("done",))
    except WorkbenchError as error:
        pipe.send(("failed", str(error)))
    except BrokenPipeError:
        return  # the app has gone, and so has its reader


def _replay(request: Request, data_key: str, settings: Settings, shelf: Shelf, pipe: Connection) -> None:
    began = time.monotonic()

    def step(text: str, done: int, total: int) -> None:
        pipe.send(("step", text, done, total))

    def embedding(done: int, total: int) -> None:
        pipe.send(("embedding", done, total))

    key = request.key(data_key, settings)
    found = judge(request, settings, step, embedding)
    if found.data.key != data_key or request.key(data_key, settings) != key:
        raise BadInput("the data set or a strategy's file changed while it was replayed: run it again")
    pipe.send(("intervals",))
    document = describe(found)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"request": request.as_json(), "data_key": data_key, "made_at": made, "took_s": time.monotonic() - began}
    document |= about | {"colors": [list(c) for c in distinct_colors([c["strategy"] for c in document["curves"]])]}
    light, body = split(document)
    files = {"document.json": orjson.dumps(light), "columns.bin": body, "prompts.json": orjson.dumps(_prompts(found))}
    shelf.put(key, about, {f"{name}.gz": gzip.compress(raw, 6) for name, raw in files.items()})


def _prompts(found: Judged) -> dict[str, Any]:
    """What a list of prompts shows of each."""
    prompts = found.recorded.prompts
    return {"ids": [p.id for p in prompts], "texts": [_readable(p.text) for p in prompts]}


def _readable(text: str) -> str:
    """Its beginning; halves of characters, which no UTF-8 can carry, become U+FFFD."""
    shown = text if len(text) <= SHOWN else text[:SHOWN].rstrip() + " …"
    return shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
