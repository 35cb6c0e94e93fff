"""Components of ours inside Gradio: one folder each, with its template, style, script and Python beside each other.

The page loads nothing inline but `import(...)` of the component's script, so a policy of scripts from our own
address holds for all of them. A template is drawn once and never again: no prop of it changes after that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent


def part(name: str, value: Any = None, **props: Any) -> gr.HTML:
    """The component of folder `name`; its script exports `mount(element, props, {trigger, watch})`."""
    return gr.HTML(
        value,
        html_template=(FOLDER / name / "template.html").read_text("utf-8"),
        js_on_load=_load(name),
        apply_default_css=False,
        elem_id=f"w-{name}",
        elem_classes=["w-part"],
        **props,
    )


def _load(name: str) -> str:
    script = f"/ui/components/{name}/script.js"
    return f"import({script!r}).then((part) => part.mount(element, props, {{ trigger, watch }}));"
