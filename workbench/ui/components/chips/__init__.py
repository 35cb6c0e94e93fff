"""The bar over the columns: the strategies compared, the setup button, open or blind."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def chips() -> gr.HTML:
    return part("chips")
