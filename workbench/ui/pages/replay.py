"""The Replay page: strategies over recorded outcomes, no model asked."""

from __future__ import annotations

from workbench.ui.components.replay import replay
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("Replay"):
        replay()
