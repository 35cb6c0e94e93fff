"""A run's calls as a waterfall, like a browser's network panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from workbench.ui.components import part


def trace(value: Sequence[Any] | None = None) -> gr.HTML:
    """`value` is the `trace` of the compare document: one entry a call, times in seconds of the run."""
    return part("trace", value)
