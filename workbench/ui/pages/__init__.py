"""The pages, one module each; `build` fills the Gradio context it is called in. `build_pages` is all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from . import compare, history, settings

TITLE = "Routing Workbench"


def build_pages(offered: Callable[[], Mapping[str, Any]], sync: settings.Sync) -> gr.Blocks:
    """`offered` is what GET /api/setup answers; `sync` mirrors what is new and says what it did."""
    demo = gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False)
    with demo:
        compare.build(demo, offered())
    with demo.route("History", "/history"):
        history.build()
    with demo.route("Settings", "/settings"):
        settings.build(sync)
    return demo
