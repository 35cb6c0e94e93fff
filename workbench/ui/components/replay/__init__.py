"""Replays of strategies over recorded outcomes: set up, followed, shown as a curve, a table and what would change."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def replay() -> gr.HTML:
    """Reads GET /api/setup, /api/datasets and /api/replays; setup, result and slider stand in the page's address."""
    return part("replay")
