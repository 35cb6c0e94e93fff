"""axe-core on every page and main state, light and dark: nothing serious, nothing critical."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .steps import ask, ballot, columns, drawer, fixed, visit, vote, wait_done

pytestmark = pytest.mark.browser


def findings(page: Page) -> list[str]:
    """Serious and critical ones: rule, and the elements it is about."""
    found = Axe().run(page).response["violations"]
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {[node['html'][:120] for node in v['nodes'][:3]]}" for v in grave]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_compare_has_nothing_serious_in_any_state(new_page: Callable[..., Page], dark: bool) -> None:
    page = new_page(dark=dark)
    visit(page, fixed("fast", "broken"), ["fast", "broken"])
    assert findings(page) == []
    page.get_by_role("button", name="Setup").click()
    page.locator(".w-chips button").first.click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Setup").click()
    ask(page, "go")
    expect(columns(page).first).to_have_attribute("data-status", "done")
    drawer(columns(page).first, "Why this route")
    drawer(columns(page).first, "Trace")
    assert findings(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_blind_vote_and_its_reveal_have_nothing_serious(new_page: Callable[..., Page], dark: bool) -> None:
    page = new_page(dark=dark)
    visit(page, fixed("fast", "slow"), ["fast", "slow"], blind=True)
    ask(page, "go")
    wait_done(page, 2)
    expect(ballot(page)).to_be_visible()
    page.get_by_role("button", name="Add reasons").click()
    assert findings(page) == []
    vote(page, "A")
    expect(columns(page).first.get_by_text("Your vote")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Differences").click()
    assert findings(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_history_and_settings_have_nothing_serious(new_page: Callable[..., Page], dark: bool) -> None:
    page = new_page(dark=dark)
    page.goto("/history")
    page.locator(".w-run-open").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    assert findings(page) == []
    page.goto("/settings")
    page.get_by_text("more need something first").click()
    expect(page.locator(".w-checks-list div").first).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("path", ["/", "/experiments", "/history", "/learn", "/routes", "/settings"])
def test_the_first_tab_stop_skips_to_the_page_itself(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator(".w-ready")).not_to_be_empty(timeout=30_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#w-main")).to_be_focused()
    assert page.url.endswith(path)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_replay_has_nothing_serious_in_any_state(new_page: Callable[..., Page], dark: bool) -> None:
    page = new_page(dark=dark)
    page.goto("/replay?data=toy&s=knn&s=random&s=cascade")
    expect(page.get_by_role("button", name="Replay knn, random and cascade over toy")).to_be_visible()
    assert findings(page) == []
    page.locator(".w-chips button").first.click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add strategy").click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert findings(page) == []
    expect(page.locator(".w-result")).to_be_visible(timeout=60_000)
    page.get_by_role("slider").fill("60")
    page.get_by_role("button", name="Open them").click()
    page.locator(".w-side summary").first.click()
    page.locator(".w-meanings summary").first.click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert findings(page) == []
    page.goto(f"/replay?data=toy&s=knn&r={'0' * 32}")
    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_data_has_nothing_serious(new_page: Callable[..., Page], dark: bool) -> None:
    page = new_page(dark=dark)
    page.goto("/data?name=toy")
    expect(page.locator(".w-coverage")).to_be_visible(timeout=30_000)
    assert findings(page) == []
