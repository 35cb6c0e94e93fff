"""Models' replies kept by their call, so that no call is made twice: not by entrants that ask the same, nor after an interruption."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.events import Delta
from workbench.session import Provider
from workbench.types import Call, Reply, Usage


class Replies:
    """A provider over another. A failed call is not kept: asked for again, it is made again. A kept reply tells the time it took."""

    def __init__(self, provider: Provider, path: Path | None = None) -> None:
        """`path`: a file to keep them in, and to go on from; else they are kept as long as this is. Raises BadInput where it cannot be read."""
        self._provider, self._path = provider, path
        self._kept: dict[str, Reply] = _read(path) if path and path.exists() else {}

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        if kept := self._kept.get(call.key):
            yield Delta(kept.text)
            yield kept
            return
        async with aclosing(self._provider.stream(call)) as items:
            async for item in items:
                if isinstance(item, Reply):
                    self._keep(call.key, item)
                yield item

    def _keep(self, key: str, reply: Reply) -> None:
        self._kept[key] = reply
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"call": key, "reply": asdict(reply)}) + "\n")


def _read(path: Path) -> dict[str, Reply]:
    """Those in whole lines; a line that an interruption cut is taken off the file."""
    try:
        said = path.read_bytes()
        whole = said[: said.rfind(b"\n") + 1]
        kept = dict(_reply(json.loads(line)) for line in whole.splitlines())
        if whole != said:
            path.write_bytes(whole)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path} does not hold models' replies ({error}): name another file") from None
    return kept


def _reply(row: dict[str, Any]) -> tuple[str, Reply]:
    fields = dict(row["reply"])
    return str(row["call"]), Reply(**{**fields, "usage": Usage(**fields["usage"])})
