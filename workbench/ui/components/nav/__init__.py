"""The header every page has: name, pages, what is ready."""

from __future__ import annotations

import gradio as gr

from workbench.ui.components import part

PAGES = (
    ("Compare", "/"),
    ("History", "/history"),
    ("Routes", "/routes"),
    ("Experiments", "/experiments"),
    ("Replay", "/replay"),
    ("Data", "/data"),
    ("Learn", "/learn"),
    ("Settings", "/settings"),
)


def nav(current: str) -> gr.HTML:
    """`current` is the name of the page it stands on."""
    return part("nav", pages=[{"name": name, "path": path, "current": name == current} for name, path in PAGES])
