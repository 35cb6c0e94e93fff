"""The Settings page: which models are ready and what the others need; mirroring to W&B; where files live, what works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import gradio as gr

from workbench.errors import WorkbenchError
from workbench.ui.components.checks import checks
from workbench.ui.components.models import models
from workbench.ui.shell import shell

Sync = Callable[[], Awaitable[str]]
"""Mirrors what is new; the text says where to and how much."""

ABOUT = (
    "One run for every experiment: its strategies, a table of answers, votes and routes, and curves. "
    "Without a key it is written to a folder that `wandb sync` sends later; nothing goes twice."
)


def build(sync: Sync) -> None:
    """Fills the current Blocks."""
    with shell("Settings"):
        models()
        with gr.Column(elem_classes="w-page w-page-part w-settings"):
            gr.Markdown(f"## Weights & Biases\n\n{ABOUT}")
            button = gr.Button("Mirror now", variant="secondary")
            said = gr.Textbox(label="Last mirroring", interactive=False, lines=2, container=False, visible=False)
        checks()
    button.click(lambda: gr.Button("Mirroring", interactive=False), outputs=button, show_progress="hidden").then(
        _mirror(sync), outputs=[said, button], concurrency_limit=1, concurrency_id="sync"
    )


def _mirror(sync: Sync) -> Callable[[], Awaitable[tuple[gr.Textbox, gr.Button]]]:
    async def mirror() -> tuple[gr.Textbox, gr.Button]:
        try:
            text = await sync()
        except WorkbenchError as error:
            text = str(error)
        return gr.Textbox(text, visible=True), gr.Button("Mirror now", interactive=True)

    return mirror
