"""The answers: a row for each turn, a column for each strategy; what the page says while it is empty."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def board() -> gr.HTML:
    return part("board")
