"""Ids that sort by the time they were made: UUID version 7 as text (RFC 9562), made by whoever writes the row."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_COUNTER_BITS = 42
"""Below milliseconds: 12 bits of `rand_a` and the top 30 of `rand_b` count; 32 random bits remain."""


class Ids:
    """Each id is greater than the one before, also within a millisecond and when the clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        fresh = (time.time_ns() // 1_000_000) << _COUNTER_BITS | secrets.randbits(_COUNTER_BITS - 1)
        with self._lock:
            self._last = stamp = max(fresh, self._last + 1)
        return str(uuid.UUID(int=_layout(stamp, secrets.randbits(32))))


def _layout(stamp: int, noise: int) -> int:
    """48 bits of milliseconds, version 7, 12 of the counter, variant 2, 30 of the counter, 32 of noise."""
    milliseconds, counter = stamp >> _COUNTER_BITS, stamp & ((1 << _COUNTER_BITS) - 1)
    high, low = counter >> 30, counter & ((1 << 30) - 1)
    return (milliseconds & ((1 << 48) - 1)) << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 32 | noise
