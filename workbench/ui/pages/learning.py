"""The Learn page: what strategies learned by and by, and the way back."""

from __future__ import annotations

from workbench.ui.components.learning import learning
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("Learn"):
        learning()
