"""The data sets: what each holds, and what of it every model and category has."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def data() -> gr.HTML:
    """Reads GET /api/datasets and GET /api/votes; the open set stands in the page's address."""
    return part("data")
