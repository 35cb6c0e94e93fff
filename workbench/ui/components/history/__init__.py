"""Every stored run: filtered, opened with its trace, exported."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def history() -> gr.HTML:
    """Reads GET /api/runs; the filters and the open run stand in the page's address."""
    return part("history")
