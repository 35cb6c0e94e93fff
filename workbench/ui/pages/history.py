"""The History page: every run that may be shown, with its route and trace."""

from __future__ import annotations

from ..components.history import history
from ..shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("History"):
        history()
