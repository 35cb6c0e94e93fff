"""The vote bar."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def vote() -> gr.HTML:
    return part("vote")
