"""Every model of the catalog: usable or what it needs first, and its price."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part


def models() -> gr.HTML:
    return part("models")
