"""A process beside the owner of the store: it reads through the owner, over loopback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from workbench.errors import BadInput, StoreError

from .database import Selection
from .owner import ADDRESS
from .schema import today
from .wire import Wire, connect

PATIENCE_S = 5.0


class OwnerGone(StoreError):
    """Nobody answers where the owner said it listens."""


class Guest:
    def __init__(self, home: Path) -> None:
        self._address = home / ADDRESS
        self.tables = today()

    def notice(self) -> None:
        """The owner looks for itself, at the latest when it is asked."""

    @contextmanager
    def select(self, sql: str, params: Sequence[Any], timeout_s: float, limit: int | None) -> Iterator[Selection]:
        asked = _encoded({"sql": sql, "params": list(params), "timeout_s": timeout_s, "limit": limit})
        wire = self._connect(timeout_s + PATIENCE_S)
        try:
            wire.send(asked)
            yield Selection(_received(wire)["columns"], _chunks(wire))
        except (OSError, EOFError, ValueError) as error:
            raise StoreError(f"the process that owns the store stopped answering ({error}): try again") from None
        finally:
            wire.close()

    def _connect(self, patience_s: float) -> Wire:
        try:
            said = orjson.loads(self._address.read_bytes())
            return connect(said["port"], bytes.fromhex(said["token"]), patience_s)
        except PermissionError:
            raise StoreError(f"{self._address} does not fit the process that listens there: restart the app") from None
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise OwnerGone(f"the process that owns the store does not answer ({error})") from None

    def close(self) -> None: ...


def _encoded(asked: Any) -> bytes:
    try:
        return orjson.dumps(asked)
    except TypeError as error:
        raise BadInput(f"this query cannot be sent to the process that owns the store: {error}") from None


def _received(wire: Wire) -> Any:
    message = wire.receive()
    if "error" in message:
        kind = BadInput if message["kind"] == "BadInput" else StoreError
        raise kind(message["error"])
    return message


def _chunks(wire: Wire) -> Iterator[list[list[Any]]]:
    while "rows" in (message := _received(wire)):
        yield message["rows"]
