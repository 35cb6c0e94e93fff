"""The real app in a process of its own, and a real Chromium in front of it.

Every page is watched: a request to another address, a console error or a failed request fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import toy
from workbench.bench.process import App, running_app

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
TOY = 240
"""Prompts of the data set `toy`."""
MODELS = Path(__file__).parent / "models.toml"
"""Scripted models beside the two real ones: fast, slow, failing, and one whose answers are hostile."""


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_TOKEN"))}
    return kept | {"WORKBENCH_THREADS": kept.get("WORKBENCH_THREADS", "1")}


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    shutil.copy(MODELS, home / "models.toml")
    toy.make(home, n=TOY)
    with running_app(home, environment()) as running:
        yield running


@pytest.fixture(scope="package")  # no longer: Playwright's own loop would forbid asyncio.run in the tests after these
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        known = ("chromium", "chromium-browser", "google-chrome")
        found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, known)), None)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, app: App) -> Iterator[Callable[..., Page]]:
    """Makes pages, each in a context of its own; all are checked for strangers and errors at the end."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def make(width: int = 1360, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=app.url, viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, app, wrong)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def watch(page: Page, app: App, wrong: list[str]) -> None:
    def asked(url: str) -> None:
        if url.startswith(("data:", "blob:")):
            return
        if urlsplit(url).netloc != f"127.0.0.1:{app.port}":
            wrong.append(f"asked another address: {url}")

    page.on("request", lambda request: asked(request.url))
    # A refused request is told to the user by the page; Chromium notes it on the console too.
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "status of 400" not in m.text else None)
    page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
