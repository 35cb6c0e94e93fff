"""The Experiments page: live comparisons that may be looked at any time."""

from __future__ import annotations

from workbench.ui.components.experiments import experiments
from workbench.ui.shell import shell


def build() -> None:
    """Fills the current Blocks."""
    with shell("Experiments"):
        experiments()
