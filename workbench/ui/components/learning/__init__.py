"""The weights that a job fits anew by and by, their history, and a way back to every version."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def learning() -> gr.HTML:
    """Reads GET /api/learning."""
    return part("learning")
