"""One look: Gradio's theme in our tokens (styles/tokens.css), and a colour of its own for every strategy.

`mount_options` is what `gr.mount_gradio_app` needs beside the app, the blocks and the path. Serve `assets.Assets()`
at `/ui` before mounting; the policy must allow scripts, styles and typefaces from 'self'.
"""

from __future__ import annotations

from typing import Any

from .assets import PREFIX, styles


def mount_options() -> dict[str, Any]:
    """Keyword arguments for `gr.mount_gradio_app`: theme, head, and Gradio's extras off."""
    return {
        "theme": _theme(),
        "head": head(),
        "footer_links": [],
        "run_history": False,
        "max_file_size": 1,  # bytes: no page uploads anything to Gradio, so nobody fills the disk through it
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
    }


AT_ONCE = "<style>.nav-holder { display: none !important }</style>"
"""Gradio's own navigation, away before our stylesheets are here."""


def head() -> str:
    """Links of our stylesheets and icon."""
    links = [f'<link rel="stylesheet" href="{href}">' for href in styles()]
    return "".join(['<meta name="color-scheme" content="light dark">', _icon(), AT_ONCE, *links])


def _icon() -> str:
    return f'<link rel="icon" type="image/svg+xml" href="{PREFIX}/styles/icon.svg">'


def _theme() -> Any:
    import gradio as gr

    base = gr.themes.Base(
        font=("Source Sans 3", "system-ui", "sans-serif"),
        font_mono=("IBM Plex Mono", "ui-monospace", "monospace"),
        text_size=gr.themes.sizes.text_md,
        radius_size=gr.themes.sizes.radius_md,
    )
    both = {key: value for name, token in TOKENS.items() for key, value in _themed(name, token)}
    return base.set(**both, **PLAIN)


def _themed(name: str, token: str) -> list[tuple[str, str]]:
    return [(name, f"var(--w-{token})"), (f"{name}_dark", f"var(--w-{token})")]


TOKENS = {
    "body_background_fill": "bg",
    "body_text_color": "text",
    "body_text_color_subdued": "soft",
    "background_fill_primary": "surface",
    "background_fill_secondary": "sunken",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-soft",
    "link_text_color": "accent",
    "link_text_color_hover": "accent-hover",
    "link_text_color_visited": "accent",
    "block_background_fill": "surface",
    "block_border_color": "line",
    "block_label_background_fill": "surface",
    "block_label_text_color": "soft",
    "block_title_text_color": "text",
    "block_info_text_color": "soft",
    "panel_background_fill": "surface",
    "input_background_fill": "surface",
    "input_border_color": "edge",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "soft",
    "checkbox_background_color": "surface",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "edge",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "surface",
    "checkbox_label_background_fill_hover": "hover",
    "checkbox_label_background_fill_selected": "accent-soft",
    "checkbox_label_border_color": "line",
    "checkbox_label_text_color": "text",
    "checkbox_label_text_color_selected": "text",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-hover",
    "button_primary_text_color": "on-accent",
    "button_primary_border_color": "accent",
    "button_secondary_background_fill": "surface",
    "button_secondary_background_fill_hover": "hover",
    "button_secondary_text_color": "text",
    "button_secondary_border_color": "line",
    "slider_color": "accent",
    "table_even_background_fill": "surface",
    "table_odd_background_fill": "surface",
    "table_border_color": "line",
    "table_text_color": "text",
    "error_background_fill": "bad-soft",
    "error_border_color": "bad",
    "error_text_color": "bad",
    "accordion_text_color": "text",
    "code_background_fill": "sunken",
    "stat_background_fill": "sunken",
}
"""Gradio's variables and the token each is drawn in, in both themes."""

PLAIN = {
    "color_accent": "var(--w-accent)",
    "block_radius": "10px",
    "block_shadow": "none",
    "block_shadow_dark": "none",
    "block_title_text_weight": "600",
    "input_border_width": "1px",
    "input_border_width_dark": "1px",
    "input_radius": "8px",
    "input_shadow": "none",
    "input_shadow_dark": "none",
    "button_large_radius": "10px",
    "button_medium_radius": "10px",
    "button_small_radius": "8px",
    "layout_gap": "16px",
}
