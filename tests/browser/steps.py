"""What a person does on the Compare page, by the names they see."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

DRAFT = "workbench.compare"


def visit(
    page: Page,
    strategies: Sequence[tuple[str, Mapping[str, Any]]] = (),
    pool: Sequence[str] = (),
    blind: bool = False,
    max_tokens: int = 64,
) -> None:
    """Open the Compare page with this setup kept from an earlier visit, and wait until it can be used."""
    draft = {
        "columns": [{"strategy": name, "params": dict(params)} for name, params in strategies],
        "blind": blind,
        "settings": {"pool": list(pool) or None, "max_tokens": max_tokens, "temperature": 0},
    }
    page.add_init_script(
        f"localStorage.getItem({DRAFT!r}) ?? localStorage.setItem({DRAFT!r}, {json.dumps(json.dumps(draft))})"
    )
    page.goto("/")
    expect(page.get_by_role("button", name="Run")).to_be_enabled(timeout=30_000)


def ask(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_role("button", name="Run").click()


def fixed(*models: str) -> list[tuple[str, dict[str, str]]]:
    """One `fixed` column a model."""
    return [("fixed", {"model": model}) for model in models]


def columns(page: Page, turn: int = -1) -> Locator:
    """The columns of a turn, the last one by default."""
    turns = page.locator(".w-turn")
    return (turns.last if turn < 0 else turns.nth(turn)).locator(".w-col")


def wait_done(page: Page, count: int, timeout_s: float = 60) -> None:
    """All columns of the last turn have an answer."""
    expect(page.locator(".w-turn").last.locator('.w-col[data-status="done"]')).to_have_count(
        count, timeout=timeout_s * 1000
    )


def vote(page: Page, choice: str) -> None:
    """`choice` as it stands on the button."""
    ballot(page).get_by_role("button", name=re.compile(rf"^{re.escape(choice)}\b")).click()


def ballot(page: Page) -> Locator:
    return page.get_by_role("group", name="Which answer is best?")


def verdict(page: Page) -> Locator:
    """What the vote came to, in the foot of the page."""
    return page.locator(".w-verdict")


def drawer(column: Locator, name: str) -> Locator:
    """A column's drawer, opened."""
    found = column.locator("details", has_text=name)
    found.locator("summary").click()
    return found
