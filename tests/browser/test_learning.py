"""The Learn page as a person uses it: read, gone back with one question, undone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.weighed import weighed
from workbench.bench.process import App, running_app
from workbench.store import open_store

from .conftest import MODELS, environment, watch
from .test_access import findings

pytestmark = pytest.mark.browser
Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def weighed_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose job has fitted three versions."""
    home = tmp_path_factory.mktemp("weighed")
    shutil.copy(MODELS, home / "models.toml")

    def keep(home: Path) -> None:
        with open_store(home) as store:
            weighed(home, store, datetime.now(UTC))

    with ThreadPoolExecutor(1) as apart:  # this thread has Playwright's event loop
        apart.submit(keep, home).result()
    with running_app(home, environment()) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, weighed_app: App) -> Iterator[Opens]:
    wrong: list[str] = []
    contexts = []

    def make(width: int = 1360, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=weighed_app.url, viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, weighed_app, wrong)
        page.goto("/learn")
        expect(page.get_by_role("region", name="History of judge_weighted")).to_be_visible(timeout=30_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def weight(page: Page, model: str) -> str:
    table = page.get_by_role("region", name="Weights of judge_weighted")
    return (
        table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=model)).locator("td").first.inner_text()
    )


def test_it_asks_once_before_it_goes_back_says_what_changed_and_is_undone(opened: Opens) -> None:
    page = opened()
    assert weight(page, "large") == "0.700"
    expect(page.get_by_text("votes and scores (240 prompts)").first).to_be_visible()
    page.get_by_role("button", name="Go back to version 0").click()
    dialog = page.get_by_role("dialog", name="judge_weighted: go back from version 2 to 0?")
    expect(dialog).to_contain_text("large 0.700 to 0.500")
    dialog.get_by_role("button", name="Cancel").click()
    assert weight(page, "large") == "0.700"
    page.get_by_role("button", name="Go back to version 0").click()
    dialog.get_by_role("button", name="Go back to version 0").click()
    expect(page.locator(".w-learning-said")).to_have_text(
        re.compile(r"^Version 0 of judge_weighted is in force again: large 0.700 to 0.500; .* Version 2 is kept")
    )
    assert weight(page, "large") == "0.500"
    expect(page.get_by_text("gone back to, from version 2")).to_be_visible()
    page.get_by_role("button", name="Go back to version 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back to version 2").click()
    expect(page.locator(".w-learning-said")).to_contain_text("Version 2 of judge_weighted is in force again")
    assert weight(page, "large") == "0.700"


def test_a_page_that_shows_what_was_is_told_to_look_again(opened: Opens) -> None:
    late, quick = opened(), opened()
    quick.get_by_role("button", name="Go back to version 1").click()
    quick.get_by_role("dialog").get_by_role("button", name="Go back to version 1").click()
    expect(quick.locator(".w-learning-said")).to_contain_text("Version 1 of judge_weighted")
    late.get_by_role("button", name="Go back to version 0").click()
    late.get_by_role("dialog").get_by_role("button", name="Go back to version 0").click()
    expect(late.get_by_role("alert")).to_contain_text("version 1 of judge_weighted came into force meanwhile")


def test_fit_now_makes_a_version_and_puts_it_in_force(opened: Opens) -> None:
    page = opened()
    page.get_by_role("button", name="Fit now").click()
    expect(page.locator(".w-learning-said")).to_have_text(
        re.compile(r"^Version 3 of judge_weighted is in force: large ")
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_for_who_cannot_see_it(opened: Opens, dark: bool) -> None:
    page = opened(dark=dark)
    assert findings(page) == []
    page.get_by_role("button", name=re.compile("^Go back to version")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []


def test_a_phone_scrolls_no_page_sideways(opened: Opens) -> None:
    page = opened(width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_before_the_first_fit_it_says_what_it_takes(page: Page) -> None:
    page.goto("/learn")
    expect(page.get_by_text("weights need 30 scored answers of each of two models")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="Compare and vote")).to_be_visible()
