"""What every page stands in: the header, and Gradio's own navigation bar away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gradio.components.navbar import Navbar

from .components.nav import nav


@contextmanager
def shell(page: str) -> Iterator[None]:
    """Draws the header of `page` (its name in the navigation); the page's parts follow inside the `with`."""
    Navbar(visible=False)
    nav(page)
    yield
