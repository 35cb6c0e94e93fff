"""Server-sent events as model servers write them: bytes in, the data of each event out. Event names are ignored."""

from __future__ import annotations

LONGEST = 16 << 20
"""Bytes of one event; a server that sends more without a line end is not sending events."""


class Events:
    """Feed it bytes as they arrive. An event may be cut anywhere, even inside a character."""

    __slots__ = ("_data", "_rest", "seen")

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self.seen = False
        """An event or a comment has come: this is a stream of events."""

    def feed(self, data: bytes) -> list[bytes]:
        """The data of every event that is complete now. Raises ValueError for an event without end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST:
            raise ValueError(f"an event of more than {LONGEST >> 20} MB")
        return self._events(lines)

    def end(self) -> list[bytes]:
        """What was left without its closing blank line: some servers forget it after the last event."""
        lines, self._rest = [self._rest, b""], b""
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        found = []
        for line in lines:
            if line.startswith((b"data:", b":")):
                self.seen = True
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif self._data and line in (b"", b"\r"):
                found.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        return found
