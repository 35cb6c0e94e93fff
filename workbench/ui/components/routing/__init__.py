"""Where each strategy sent its prompts over time: stacked shares, what changed, the same figures as a table."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def routing() -> gr.HTML:
    """Reads GET /api/routing; the filters stand in the page's address."""
    return part("routing")
