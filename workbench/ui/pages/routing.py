"""The Routes page: where each strategy sent its prompts, as time went by."""

from __future__ import annotations

from workbench.ui.components.routing import routing
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("Routes"):
        routing()
