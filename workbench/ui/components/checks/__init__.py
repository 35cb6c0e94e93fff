"""What works on this machine: folders, database, weights, keys; and what mends the rest."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def checks() -> gr.HTML:
    """Reads GET /api/checks."""
    return part("checks")
