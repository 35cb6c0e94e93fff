"""Every strategy answers on the Compare page, four side by side, and says there why it chose what it chose."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import everyone, toy
from workbench.bench.process import App, running_app

from .conftest import environment
from .steps import ask, columns, drawer, visit, wait_done

pytestmark = pytest.mark.browser
FOUR = [everyone.NAMES[at : at + 4] for at in range(0, len(everyone.NAMES), 4)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(everyone.make(tmp_path_factory.mktemp("everyone")), environment()) as running:
        yield running


@pytest.mark.parametrize("names", FOUR, ids=["-".join(names) for names in FOUR])
def test_answers_on_the_compare_page_and_says_why(page: Page, names: list[str]) -> None:
    visit(page, [(name, everyone.PARAMS.get(name, {})) for name in names], list(toy.MODELS))
    ask(page, "prove that it is so")
    wait_done(page, len(names))
    for name, column in zip(names, columns(page).all(), strict=True):
        expect(column).to_contain_text(name)
        expect(drawer(column, "Why")).to_contain_text(re.compile("|".join(toy.MODELS)))


def test_each_explains_itself_before_it_is_used(page: Page) -> None:
    visit(page, [("cascade", {}), ("random", {})], list(toy.MODELS))
    page.get_by_role("button", name="cascade").click()
    editor = page.get_by_role("dialog", name="Strategy cascade")
    expect(editor).to_contain_text("A cheap model drafts")
    expect(editor).to_contain_text("Fitted on toy,")
    editor.get_by_text("How it works").click()
    for label in ("Source", "Learns from", "Deciding costs", "Score"):
        expect(editor.get_by_role("term").filter(has_text=label)).to_be_visible()
