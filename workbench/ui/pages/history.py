"""The History page: every run that may be shown, with its route and trace."""

from __future__ import annotations

from workbench.ui.components.history import history
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("History"):
        history()
