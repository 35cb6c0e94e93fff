"""What a person comes for, on the two real local models: compare, vote blind, come back to it later."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from workbench.bench.process import App, running_app

from .conftest import MODELS, environment
from .steps import ask, ballot, columns, drawer, fixed, verdict, visit, vote, wait_done

pytestmark = [pytest.mark.browser, pytest.mark.models]
PICTURE = Path(__file__).parents[2] / "data" / "compare.png"
"""The README's, taken anew where WORKBENCH_PICTURE is set: `make test` changes no file that is kept."""
REAL = ("smollm2-135m", "qwen2.5-coder-1.5b")


def test_real_models_answer_side_by_side_with_cost_reason_and_trace(page: Page) -> None:
    visit(page, [("complexity", {}), ("cascade", {}), ("cheapest", {})], REAL, max_tokens=64)
    ask(page, "Explain in two sentences why the sky is blue.")
    wait_done(page, 3, 180)
    for column in columns(page).all():
        assert len(column.locator(".w-md").inner_text()) > 20
        expect(column.get_by_text("cost, nominal")).to_be_visible()
    why = drawer(columns(page).first, "Why this route")
    for model in REAL:
        expect(why.locator("code", has_text=model)).to_be_visible()
    expect(drawer(columns(page).nth(1), "Trace").get_by_text("draft")).to_be_visible()
    if os.environ.get("WORKBENCH_PICTURE"):
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURE, animations="disabled")


def test_an_answer_streams_word_by_word(page: Page) -> None:
    visit(page, fixed(*REAL), REAL, max_tokens=48)
    ask(page, "Write three sentences about rivers.")
    lengths = set()
    first = columns(page).nth(1)
    while first.get_attribute("data-status") != "done":
        lengths.add(len(first.inner_text()))
        page.wait_for_timeout(40)
    assert len(lengths) > 5


OPEN_TO_ALL = frozenset(
    word
    for line in (
        "id experiment blind revealed busy notices turns turn battle prompt columns letter status html tail error",
        "can_retry vote state token choices key choice label tags summary set html_add tail_add add_turn A B",
    )
    for word in line.split()
)
"""Every name of a field that may reach a page before the vote."""


PROGRAM = (".js", ".css", ".woff2", ".svg")


class Wire:
    """Everything the page receives from now on: each response with its headers, each event of a stream.

    The files of the program itself (scripts, styles, typefaces), which are the same for everybody, are left out.
    """

    def __init__(self, page: Page) -> None:
        self.responses: list[Response] = []
        self.events: list[str] = []
        page.on("response", lambda r: None if r.url.endswith(PROGRAM) else self.responses.append(r))
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.on("Network.eventSourceMessageReceived", lambda event: self.events.append(event["data"]))

    def texts(self) -> list[str]:
        bodies = [r.text() for r in self.responses if not r.url.endswith("/events")]
        return [*self.events, *bodies, *(json.dumps(r.all_headers()) for r in self.responses)]

    def fields(self) -> set[str]:
        bodies = [r.text() for r in self.responses if "/api/" in r.url and not r.url.endswith("/events")]
        return {name for text in [*self.events, *bodies] for name in names(json.loads(text))}


def names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from names(inner)


def test_a_blind_vote_on_real_models_unlocks_what_no_byte_told_before(page: Page) -> None:
    visit(page, fixed(*REAL), REAL, blind=True, max_tokens=48)
    wire = Wire(page)
    ask(page, "Name three colours of the rainbow.")
    wait_done(page, 2, 120)
    expect(ballot(page)).to_be_visible()
    assert wire.fields() <= OPEN_TO_ALL
    assert len(wire.events) > 5
    for text in [*wire.texts(), page.locator(".w-turn").inner_html()]:
        for secret in (*REAL, "smollm", "qwen", "fixed", "cost_usd", "latency", "ttft", "tok/s", "propensity"):
            assert secret not in text.lower(), secret
    assert "three colours of the rainbow" not in page.request.get("/api/runs").text()
    vote(page, "A")
    for model in REAL:
        expect(columns(page).locator(".w-model", has_text=model)).to_be_visible()
    expect(columns(page).first.get_by_text("Your vote")).to_be_visible()
    assert "three colours of the rainbow" in page.request.get("/api/runs").text()


def test_a_comparison_outlives_the_app(browser: Browser, tmp_path: Path) -> None:
    shutil.copy(MODELS, tmp_path / "models.toml")
    with running_app(tmp_path, environment()) as first:
        page = browser.new_page(base_url=first.url)
        visit(page, fixed("fast", "slow"), ["fast", "slow"])
        ask(page, "outlive the app")
        wait_done(page, 2)
        vote(page, "A")
        expect(verdict(page)).to_contain_text("You chose")
        said, link = verdict(page).inner_text(), page.url.removeprefix(first.url)
        page.context.close()
    with running_app(tmp_path, environment()) as second:
        reopened(browser, second, link, said)


def reopened(browser: Browser, app: App, link: str, said: str) -> None:
    page = browser.new_page(base_url=app.url)
    page.goto(link)
    expect(page.get_by_role("heading", name="outlive the app")).to_be_visible()
    wait_done(page, 2)
    expect(columns(page).nth(1)).to_contain_text("must not be able to tell from its pace.")
    expect(columns(page).first.get_by_text("Your vote")).to_be_visible()
    assert said.split(".")[0] in verdict(page).inner_text()
    page.context.close()
