"""A user's home with policy files of its own, for as long as a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench import policy


@contextmanager
def own(home: Path, kind: str) -> Iterator[Path]:
    """The folder of one kind of policy in this home, which is in force inside."""
    folder = home / kind
    folder.mkdir()
    policy.use(home)
    try:
        yield folder
    finally:
        policy.use(None)
