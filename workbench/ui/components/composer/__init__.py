"""Where a prompt is written, run and stopped, and a file of prompts is stepped through."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def composer() -> gr.HTML:
    return part("composer")
