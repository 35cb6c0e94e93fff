"""What strategies know of how models do, for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workbench import health
from workbench.health import Health


@contextmanager
def lately(seen: Health) -> Iterator[Health]:
    before = health.shared()
    health.use(seen)
    try:
        yield seen
    finally:
        health.use(before)
