"""The Routes page as a person uses it: empty, read, narrowed, followed to the runs behind a figure."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.routed import rows
from tests.store.rows import prompt
from workbench.bench.process import App, running_app
from workbench.store import Row, open_store
from workbench.store.runs import prompt_key, prompt_row
from workbench.store.shifts import Shifted, shift_row

from .conftest import MODELS, environment, watch
from .test_access import findings

pytestmark = pytest.mark.browser
Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def routed_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with 600 runs of three strategies over 20 days, and a shift of prompts that was noticed."""
    home = tmp_path_factory.mktemp("routed")
    shutil.copy(MODELS, home / "models.toml")

    def keep(made: list[Row]) -> None:
        with open_store(home) as store:
            asyncio.run(store.append(made))

    with ThreadPoolExecutor(1) as apart:  # this thread has Playwright's event loop
        now = datetime.now(UTC)
        asked = prompt("Translate <b>this</b> into Welsh")
        shifted = Shifted("semantic", 1200, 1000, 200, 0.02, 0.0002, prompt_key(asked.messages), now)
        earlier = Shifted("knn", 400, 200, 200, 0.02, 0.0002, shifted.example, now - timedelta(hours=2))
        apart.submit(
            keep, [*rows(now), prompt_row(asked, "ask", now), shift_row(shifted, now), shift_row(earlier, now)]
        ).result()
    with running_app(home, environment()) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, routed_app: App) -> Iterator[Opens]:
    wrong: list[str] = []
    contexts = []

    def make(path: str = "/routes", width: int = 1360, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=routed_app.url, viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, routed_app, wrong)
        page.goto(path)
        expect(page.locator(".w-shares-bar").first).to_be_attached(timeout=30_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def test_each_strategy_has_its_sentence_its_chart_and_its_figures(opened: Opens) -> None:
    page = opened()
    expect(page.locator(".w-page-count")).to_have_text("600 runs of 3 strategies")
    panel = page.get_by_role("region", name="semantic", exact=True)
    expect(panel.locator(".w-routing-said")).to_contain_text(
        re.compile(r"large rose from \d+ % \[\d+, \d+\] in the first half")
    )
    expect(panel.get_by_role("img")).to_have_attribute("aria-label", re.compile("^Shares of models from"))
    panel.get_by_text("Figures").click()
    table = page.get_by_role("region", name="Figures of semantic")
    expect(table.get_by_role("row")).to_have_count(22)
    assert table.locator("thead th").all_inner_texts()[0] == "Day, UTC"


def test_a_figure_leads_to_its_runs_in_history(opened: Opens) -> None:
    page = opened("/routes?strategy=semantic&by=label")
    row = page.locator(".w-routing-table tbody tr").nth(3)
    cell = row.locator("td").filter(has=page.locator("a")).nth(1)
    n = cell.locator("small").inner_text().strip()
    cell.locator("a").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".w-page-count")).to_have_text(re.compile(rf"^{n} runs?$"))
    page.go_back()
    expect(page.locator(".w-routing-table")).to_be_visible()


def test_a_bar_says_what_it_is_and_opens_its_runs(opened: Opens) -> None:
    page = opened("/routes?strategy=random")
    box = page.locator(".w-shares svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 180)
    expect(page.locator(".w-plot-says")).to_have_text(re.compile(r"^\d+ \w+ 2026: 12 runs$"))
    key = page.locator(".w-path-key li").first.inner_text()
    name, shown = re.findall(r"^(\w+)\s.*\((\d+)\)", key)[0]
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 180)
    expect(page.get_by_label("Model", exact=True)).to_have_value(name)
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("random")
    expect(page.locator(".w-page-count")).to_have_text(re.compile(rf"^{shown} runs?$"))


def test_filters_stand_in_the_address_and_back_widens_again(opened: Opens) -> None:
    page = opened()
    page.get_by_role("button", name="knn").click()
    expect(page.locator(".w-routing-panel")).to_have_count(1)
    page.get_by_label("Shares of", exact=True).select_option("classes")
    expect(page.locator(".w-path-key")).to_contain_text("unfamiliar")
    page.get_by_label("Steps", exact=True).select_option("weeks")
    expect(page.locator(".w-routing-table thead th").first).to_have_text("Week, UTC")
    address = page.url
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.locator(".w-routing-panel")).to_have_count(3)
    page.goto(address)
    expect(page.locator(".w-routing-table thead th").first).to_have_text("Week, UTC")
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".w-routing-panel")).to_have_count(3)


def test_without_classes_they_are_named_in_a_line(opened: Opens) -> None:
    page = opened("/routes?by=label")
    expect(page.get_by_text("Without classes: random.")).to_be_visible()


def test_an_address_that_asks_for_nonsense_says_so(opened: Opens) -> None:
    page = opened()
    page.goto("/routes?every=second")
    expect(page.get_by_role("alert")).to_contain_text("a step is one of hour, day, week, month")


def test_a_shift_of_prompts_is_told_on_every_page_until_it_is_hidden(opened: Opens) -> None:
    page = opened()
    banner = page.locator(".w-drift")
    expect(banner).to_contain_text("Prompts of semantic have shifted: the 200 until")
    expect(banner).to_contain_text("typical of the new ones: “Translate <b>this</b> into Welsh”")
    expect(banner.get_by_role("link", name="See the routes").first).to_have_attribute(
        "href", "/routes?strategy=semantic"
    )
    expect(banner.get_by_text("Prompts of knn have shifted")).to_be_hidden()
    banner.get_by_role("button", name="1 more change").click()
    expect(banner.get_by_text("Prompts of knn have shifted")).to_be_visible()
    page.goto("/settings")
    banner.get_by_role("button", name="Hide").click()
    expect(banner).to_be_hidden()
    page.goto("/routes")
    expect(page.locator(".w-shares-bar").first).to_be_attached()
    expect(banner).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_for_who_cannot_see_it(opened: Opens, dark: bool) -> None:
    page = opened(dark=dark)
    page.get_by_role("button", name="1 more change").click()
    assert findings(page) == []
    page.goto("/routes?strategy=semantic&by=label")
    expect(page.locator(".w-routing-table")).to_be_visible()
    assert findings(page) == []


def test_a_phone_scrolls_no_page_sideways(opened: Opens) -> None:
    page = opened("/routes?strategy=semantic&by=label", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_empty_workbench_says_what_belongs_here_and_what_makes_it(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running_app(tmp_path_factory.mktemp("empty"), environment()) as app:
        context = browser.new_context(base_url=app.url)
        page = context.new_page()
        page.goto("/routes")
        expect(page.get_by_text("each strategy stands here with the models it chose")).to_be_visible(timeout=30_000)
        page.get_by_role("link", name="Compare something").click()
        expect(page.get_by_role("button", name="Run")).to_be_visible()
        context.close()
