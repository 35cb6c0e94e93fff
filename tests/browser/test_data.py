"""The Data page: the sets there are, what the open one covers, and the way from it to a replay."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests import toy

from .conftest import TOY

pytestmark = pytest.mark.browser


def test_every_set_is_listed_and_the_open_one_shows_what_each_model_did_in_each_category(page: Page) -> None:
    page.goto("/data")
    sets = page.get_by_role("region", name="Data sets")
    expect(sets.get_by_role("row", name=re.compile("^reasoning"))).to_contain_text("1,330", timeout=30_000)
    sets.get_by_role("button", name="toy").click()
    coverage = page.get_by_role("region", name="Coverage of toy")
    heads = coverage.locator("thead th").all_inner_texts()
    assert heads == ["Category", "Prompts", *toy.MODELS]
    rows = list(toy.rows(TOY))
    for topic in toy.TOPICS:
        cells = coverage.locator("tr", has=page.get_by_role("rowheader", name=topic, exact=True)).locator("td")
        means = [
            np.mean([row["quality"] for row in rows if (row["category"], row["model"]) == (topic, model)])
            for model in toy.MODELS
        ]
        assert cells.all_inner_texts() == [str(TOY // len(toy.TOPICS)), *(f"{mean:.2f}" for mean in means)]
    expect(page.get_by_text("every model has an outcome of every prompt")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("region", name="Coverage of reasoning")).to_be_visible()


def test_a_set_is_replayed_from_here_and_an_unknown_one_says_so(page: Page) -> None:
    page.goto("/data?name=toy")
    page.get_by_role("link", name="Replay over it").click()
    expect(page.get_by_role("button", name=re.compile("over toy$"))).to_be_enabled(timeout=30_000)
    page.goto("/data?name=gone")
    expect(page.get_by_role("alert")).to_contain_text("no data set named 'gone'")


def test_no_table_makes_the_page_wider_than_a_phone(new_page: Callable[..., Page]) -> None:
    page = new_page(width=390, height=800)
    page.goto("/data?name=toy")
    expect(page.locator(".w-coverage")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
