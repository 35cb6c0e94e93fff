"""The pages, one module each; `build` fills the Gradio context it is called in, `pages` joins them into one app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from workbench.services.desk import Desk

from . import compare, data, experiments, history, learning, replay, routing, settings


def pages(desk: Desk, setup: Mapping[str, Any]) -> gr.Blocks:
    """Every page of the navigation; `setup` as GET /api/setup answers."""
    blocks: gr.Blocks
    with gr.Blocks(title="Routing Workbench", analytics_enabled=False) as blocks:
        compare.build(setup)
    with blocks.route("History", "/history"):
        history.build()
    with blocks.route("Routes", "/routes"):
        routing.build()
    with blocks.route("Replay", "/replay"):
        replay.build()
    with blocks.route("Data", "/data"):
        data.build()
    with blocks.route("Experiments", "/experiments"):
        experiments.build()
    with blocks.route("Learn", "/learn"):
        learning.build()
    with blocks.route("Settings", "/settings"):
        settings.build(lambda: _mirrored(desk))
    return blocks


async def _mirrored(desk: Desk) -> str:
    from workbench.services.sync import sync, told

    return told(await sync(desk.store, desk.settings))
