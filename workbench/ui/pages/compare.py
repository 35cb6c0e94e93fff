"""The Compare page: strategies side by side on one prompt.

Answers come to the components by the comparison's own event stream; Gradio holds the setup panel. Its values reach
the scripts without the server: each change is handed to `page.set` in the browser, which keeps it for the next visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from workbench.ui.components.board import board
from workbench.ui.components.chips import chips
from workbench.ui.components.composer import composer
from workbench.ui.components.vote import vote
from workbench.ui.shell import shell

FIELDS = ("pool", "system", "temperature", "max_tokens", "budget_usd")


def build(setup: Mapping[str, Any]) -> None:
    """Fills the current Blocks. `setup` is what GET /api/setup answers: models and defaults are read here."""
    with shell("Compare"):
        chips()
        panel = _setup(setup["models"], setup["defaults"])
        board()
        with gr.Column(elem_id="w-foot", scale=0, min_width=0):
            vote()
            composer()
    _bind(panel)


def _setup(models: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]) -> list[Any]:
    with gr.Column(elem_id="w-setup", scale=0, min_width=0), gr.Row():
        with gr.Column(scale=3, min_width=320):
            pool = gr.CheckboxGroup(
                [(_label(m), m["id"]) for m in models if m["usable"]],
                value=list(defaults.get("pool") or [m["id"] for m in models if m["usable"]]),
                label="Model pool",
                info="The models every strategy may choose from; prices in USD per million tokens, in / out.",
            )
            _unusable([m for m in models if not m["usable"]])
        with gr.Column(scale=2, min_width=280):
            system = gr.Textbox(defaults.get("system") or "", label="System prompt", lines=2, max_lines=8)
            budget = gr.Number(
                defaults.get("budget_usd"), label="Budget", info="USD for each answer; empty means none.", minimum=0
            )
        with gr.Column(scale=2, min_width=280):
            temperature = gr.Slider(0, 2, defaults.get("temperature", 0.7), step=0.05, label="Temperature")
            tokens = gr.Slider(16, 4096, defaults.get("max_tokens", 512), step=16, label="Most tokens in an answer")
    return [pool, system, temperature, tokens, budget]


def _label(model: Mapping[str, Any]) -> str:
    nominal = ", nominal" if model["nominal"] else ""
    return f"{model['id']}  {_money(model['price_in'])} / {_money(model['price_out'])}{nominal}"


def _money(usd: float) -> str:
    """$0.10, $3.00, $0.075: cents, and more where there is more."""
    return f"${usd:.2f}" if round(usd, 2) == usd else f"${usd:g}"


def _unusable(models: Sequence[Mapping[str, Any]]) -> None:
    if not models:
        return
    with gr.Accordion(f"{len(models)} more need something first", open=False, elem_id="w-unusable"):
        gr.Dataframe(
            [[m["id"], m["reason"]] for m in models],
            headers=["model", "why it cannot be used"],
            interactive=False,
            show_label=False,
            wrap=True,
            max_height=240,
        )


def _bind(panel: list[Any]) -> None:
    """Each control tells the page's model in the browser; on load the kept values come back into the controls."""
    for name, control in zip(FIELDS, panel, strict=True):
        control.change(fn=None, inputs=[control], js=_tell(name))
    gr.on(None, fn=None, outputs=panel, js=_recall())  # no trigger named: when the page loads


def _tell(name: str) -> str:
    return f"async (value) => {{ const {{ page }} = await import('/ui/scripts/page.js'); page.hear('{name}', value); }}"


def _recall() -> str:
    names = list(FIELDS)
    return f"async () => {{ const {{ page }} = await import('/ui/scripts/page.js'); return page.recall({names}); }}"
