"""The History page: filtered, opened, left by the back button, exported; sealed battles are not in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import polars
import pytest
from playwright.sync_api import Locator, Page, expect

from .steps import ask, ballot, columns, fixed, visit, vote, wait_done

pytestmark = pytest.mark.browser


def rows(page: Page) -> Locator:
    return page.locator(".w-runs tbody tr")


@pytest.fixture
def compared(page: Page) -> Page:
    """A page after one open comparison of two models, on History."""
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "a prompt for the history")
    wait_done(page, 2)
    vote(page, "A")
    expect(columns(page).first.get_by_text("Your vote")).to_be_visible()
    page.goto("/history?text=a+prompt+for+the+history")
    expect(rows(page).first).to_be_visible()
    return page


def test_runs_are_filtered_opened_with_their_trace_and_left_by_back(compared: Page) -> None:
    page, shown = compared, rows(compared).count()
    page.get_by_label("Model", exact=True).select_option("slow")
    expect(rows(page)).to_have_count(shown // 2)
    page.get_by_label("Strategy", exact=True).select_option("fixed")
    page.get_by_label("From", exact=True).fill("2020-01-01")
    expect(rows(page)).to_have_count(shown // 2)
    page.get_by_role("button", name="a prompt for the history").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The slow answer takes its time")
    expect(dialog.get_by_role("heading", name="Why this route")).to_be_visible()
    expect(dialog.locator(".w-calls")).to_contain_text("slow")
    address = page.url
    page.go_back()
    expect(dialog).to_be_hidden()
    page.goto(address)
    expect(dialog).to_contain_text("The slow answer takes its time")
    dialog.get_by_role("link", name="Open the comparison").click()
    expect(page.get_by_role("heading", name="a prompt for the history")).to_be_visible()


def test_dates_and_words_narrow_and_clear_widens_again(compared: Page) -> None:
    page = compared
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(rows(page).first).to_be_visible()
    page.get_by_label("Search").fill("words that nobody wrote")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()


def test_exports_hold_the_runs_on_show(compared: Page, tmp_path: Path) -> None:
    page, shown = compared, rows(compared).count()
    for form in ("csv", "jsonl", "parquet"):
        with page.expect_download() as download:
            page.get_by_role("link", name=form.upper()).click()
        download.value.save_as(tmp_path / f"runs.{form}")
    assert polars.read_csv(tmp_path / "runs.csv").height == shown
    assert polars.read_parquet(tmp_path / "runs.parquet").height == shown
    lines = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert [json.loads(line)["strategy"] for line in lines] == ["fixed"] * shown


def test_a_sealed_battle_is_not_in_history_until_it_is_voted_on(page: Page, new_page: Callable[..., Page]) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"], blind=True)
    ask(page, "sealed until voted")
    wait_done(page, 2)
    expect(ballot(page)).to_be_visible()
    other = new_page()
    other.goto("/history?text=sealed+until+voted")
    expect(other.get_by_text("No run matches these filters.")).to_be_visible()
    vote(page, "Tie")
    expect(columns(page).locator(".w-model", has_text="slow")).to_be_visible()
    other.reload()
    expect(rows(other)).to_have_count(2)


def test_an_answer_that_broke_off_is_marked_in_the_list_and_says_why_when_it_is_opened(page: Page) -> None:
    broken = {"inner": {"strategy": "fixed", "params": {"model": "cutting"}}}
    visit(page, [("fallback", broken), *fixed("fast")], ["cutting", "fast"])
    ask(page, "will it break off?")
    wait_done(page, 2)
    page.goto("/history?text=will+it+break+off")
    row = rows(page).filter(has_text="cutting")
    expect(row.get_by_text("cut", exact=True)).to_be_visible()
    expect(rows(page).filter(has_text="fast").get_by_text("cut", exact=True)).to_have_count(0)
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("As far as it goes,")
    expect(dialog.locator(".w-cut")).to_contain_text(re.compile(r"The answer broke off here.*after \d+ characters"))
