"""The Experiments page as a person uses it: empty, listed, opened, read, kept in the address."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.services.trial import TWO, conduct, plan, suite
from workbench.bench.process import App, running_app

from .conftest import MODELS, environment, watch
from .test_access import findings

pytestmark = pytest.mark.browser
Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with two experiments: one that shows something, and one that was drawn by prompt and is not whole."""
    home = tmp_path_factory.mktemp("experiments")
    shutil.copy(MODELS, home / "models.toml")
    hello = plan([*TWO, ("random", {})], suite(60), name="hello", guards={"errors": 0.5}, note="does size matter?")
    drawn = plan(asked=suite(80), name="drawn", assign="prompt")
    with ThreadPoolExecutor(1) as apart:  # this thread has Playwright's event loop
        apart.submit(conduct, home, hello).result()
        apart.submit(conduct, home, drawn, budget_usd=0.003).result()
    with running_app(home, environment()) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, full: App) -> Iterator[Opens]:
    wrong: list[str] = []
    contexts = []

    def make(width: int = 1360, dark: bool = False) -> Page:
        scheme = "dark" if dark else "light"
        context = browser.new_context(base_url=full.url, viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
        contexts.append(context)
        page = context.new_page()
        watch(page, full, wrong)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def first(page: Page) -> None:
    page.goto("/experiments")
    page.get_by_role("button", name="hello").click()
    expect(page.get_by_role("heading", name="hello")).to_be_visible()


def test_without_an_experiment_it_says_what_makes_one(page: Page) -> None:
    page.goto("/experiments")
    expect(page.get_by_text("workbench experiment run first")).to_be_visible()
    assert findings(page) == []


def test_the_sentence_comes_first_then_the_plot_then_the_tables(opened: Opens) -> None:
    page = opened()
    first(page)
    expect(page.locator(".w-lead")).to_contain_text(
        "fixed (model=big) is shown worse than fixed (model=small): -100.0 points"
    )
    expect(page.locator(".w-path svg")).to_have_attribute("aria-label", re.compile("Difference of quality to fixed"))
    assert page.locator(".w-path-line").count() == 2
    heads = page.locator(".w-experiment-part h2").all_inner_texts()
    assert heads == ["Difference over time", "Strategies", "Comparisons", "Stop rules", "What if", "Disagreements"]
    lead, plot, table = (page.locator(name).first.bounding_box() for name in (".w-lead", ".w-path", ".w-report-table"))
    assert lead is not None
    assert plot is not None
    assert table is not None
    assert lead["y"] < plot["y"] < table["y"]


def test_the_address_restores_it_and_back_leads_to_the_list(opened: Opens) -> None:
    page = opened()
    first(page)
    assert "?e=" in page.url
    page.reload()
    expect(page.get_by_role("heading", name="hello")).to_be_visible()
    page.get_by_role("button", name="All experiments").click()
    expect(page.get_by_role("button", name="drawn")).to_be_visible()
    page.go_back()
    expect(page.locator(".w-lead")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="drawn")).to_be_visible()


def test_the_plot_says_what_was_known_at_the_pointer(opened: Opens) -> None:
    page = opened()
    first(page)
    box = page.locator(".w-path svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    expect(page.locator(".w-plot-says")).to_have_text(re.compile(r"^\d+ prompts: −100 \["))


def test_a_disagreement_opens_with_both_answers_and_leads_to_its_run(opened: Opens) -> None:
    page = opened()
    first(page)
    row = page.locator(".w-differ details").first
    row.locator("summary").click()
    expect(row.get_by_text("I say hello").first).to_be_visible()
    expect(row.get_by_text("Good day").first).to_be_visible()
    row.get_by_role("link", name="Open the run").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_one_drawn_by_prompt_says_so_and_shows_what_if(opened: Opens) -> None:
    page = opened()
    page.goto("/experiments")
    page.get_by_role("button", name="drawn").click()
    expect(page.get_by_text("only fixed (model=small) had run").first).to_be_visible()
    expect(page.get_by_text("strategies drawn by prompt")).to_be_visible()


def test_the_report_downloads_whole(opened: Opens, tmp_path: Path) -> None:
    page = opened()
    first(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    download.value.save_as(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text())["answered"] == 60


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_for_who_cannot_see_it(opened: Opens, dark: bool) -> None:
    page = opened(dark=dark)
    page.goto("/experiments")
    expect(page.get_by_role("button", name="hello")).to_be_visible()
    assert findings(page) == []
    first(page)
    page.locator(".w-differ summary").first.click()
    assert findings(page) == []


def test_a_phone_scrolls_no_page_sideways(opened: Opens) -> None:
    page = opened(width=390)
    page.goto("/experiments")
    expect(page.get_by_role("button", name="hello")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first(page)
    expect(page.locator(".w-path-line")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_one_is_made_from_the_page_and_followed_to_its_end(page: Page) -> None:
    page.goto("/experiments")
    page.get_by_role("button", name="New experiment").click()
    dialog = page.get_by_role("dialog", name="New experiment")
    dialog.get_by_label("Name").fill("from the page")
    dialog.get_by_label("Base").select_option(label="always fast")
    dialog.get_by_label("Candidate", exact=True).select_option(label="always broken")
    dialog.get_by_label("Cases at most").fill("3")
    assert findings(page) == []
    dialog.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="from the page")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("3 of 3 cases answered")).to_be_visible(timeout=30_000)
