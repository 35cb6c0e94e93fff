"""Every live experiment; one opened: what may be said of it, its intervals over time, tables, what-ifs, disagreements."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def experiments() -> gr.HTML:
    """Reads GET /api/experiments; the open one stands in the page's address."""
    return part("experiments")
