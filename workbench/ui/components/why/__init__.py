"""Why a strategy chose its model: a bar for every candidate, thresholds, the features that decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from workbench.ui.components import part


def why(value: Mapping[str, Any] | None = None) -> gr.HTML:
    """`value` is the `why` of the compare document, with `color` [light, dark] if the strategy's is known."""
    return part("why", value)
