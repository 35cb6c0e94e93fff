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
