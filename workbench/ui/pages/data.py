"""The Data page: what is recorded, for every model and category."""

from __future__ import annotations

from workbench.ui.components.data import data
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("Data"):
        data()
