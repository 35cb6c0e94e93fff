"""The Settings page: models and what they need, where files live, a mirror to Weights & Biases on demand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, columns, visit, wait_done
from workbench.bench.process import App

pytestmark = pytest.mark.browser


def test_models_and_the_machine_are_told_with_what_mends_them(page: Page) -> None:
    page.goto("/settings")
    ready = page.get_by_role("group", name="Models that are ready")
    expect(ready.get_by_role("rowheader", name="smollm2-135m")).to_be_visible()
    expect(ready.get_by_text("nominal").first).to_be_visible()
    page.get_by_text("more need something first").click()
    expect(page.get_by_role("cell", name="set OPENAI_API_KEY").first).to_be_visible()
    checks = page.locator(".w-checks-list")
    expect(checks.locator("div", has_text="database")).to_contain_text("workbench.duckdb")
    expect(checks.locator("div.optional", has_text="OPENAI_API_KEY")).to_contain_text(
        "To add it: export OPENAI_API_KEY"
    )


def test_an_endpoint_that_failed_is_left_for_its_twin_and_its_breaker_is_told(page: Page) -> None:
    visit(page, [("region", {}), ("fixed", {"model": "fast"})], ["ill", "well", "fast"])
    ask(page, "Who answers?")
    wait_done(page, 2)
    column = columns(page).first
    expect(column.get_by_text("The other endpoint answers.")).to_be_visible()
    column.locator("summary", has_text="Trace").click()
    expect(column.locator(".w-calls .bad")).to_contain_text("ill: HTTP 500")
    page.goto("/settings")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile("^ill")))
    expect(row).to_contain_text(re.compile(r"Breaker open tries again in \d+ min \d\d s: its last call failed"))
    expect(row).to_contain_text("100 % failed")


def test_mirror_now_writes_a_run_folder_and_says_where(page: Page, app: App) -> None:
    page.goto("/settings")
    page.get_by_role("button", name="Mirror now").click()
    said = page.get_by_label("Last mirroring")
    expect(said).to_be_visible(timeout=60_000)
    folders = [Path(word.rstrip(".,")) for word in said.input_value().split() if "/wandb" in word]
    assert folders, said.input_value()
    assert any(folder.exists() for folder in folders)
