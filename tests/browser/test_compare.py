"""The Compare page in a real browser, on scripted models: every case exact and quick."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from workbench.bench.process import App

from .steps import ask, ballot, columns, fixed, verdict, visit, vote, wait_done

pytestmark = pytest.mark.browser


def test_a_vote_is_cast_by_key_and_counts_once(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "go")
    wait_done(page, 2)
    expect(ballot(page)).to_be_visible()
    page.keyboard.press("2")
    expect(columns(page).nth(1).get_by_text("Your vote")).to_be_visible()
    page.keyboard.press("1")
    expect(columns(page).first.get_by_text("Your vote")).to_have_count(0)
    expect(ballot(page)).to_be_hidden()


def test_a_permalink_reopens_what_was_said_and_voted(page: Page, new_page: Callable[..., Page]) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "remember me")
    wait_done(page, 2)
    vote(page, "Tie")
    expect(verdict(page)).to_contain_text("You called it a tie.")
    other = new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="remember me")).to_be_visible()
    expect(verdict(other)).to_contain_text("You called it a tie.")
    wait_done(other, 2)


def test_a_reload_in_the_middle_loses_no_word(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "go")
    expect(columns(page).nth(1).locator(".w-tail")).not_to_be_empty()
    page.reload()
    wait_done(page, 2)
    expect(columns(page).nth(1)).to_contain_text("must not be able to tell from its pace.")


def test_a_failed_column_holds_nobody_and_can_be_retried(page: Page) -> None:
    visit(page, fixed("broken", "fast", "stuck"), ["broken", "fast", "stuck"])
    ask(page, "go")
    expect(columns(page).first.get_by_text("No answer")).to_be_visible()
    expect(columns(page).nth(1)).to_have_attribute("data-status", "done")
    expect(columns(page).nth(2)).to_have_attribute("data-status", "waiting")
    columns(page).nth(2).get_by_role("button", name="Stop this answer").click()
    expect(columns(page).nth(2)).to_have_attribute("data-status", "stopped")
    columns(page).first.get_by_role("button", name="Retry").click()
    expect(columns(page).first.get_by_text("No answer")).to_be_visible()


def test_an_answer_that_broke_off_is_kept_and_says_where_and_why(page: Page) -> None:
    visit(
        page,
        [("fallback", {"inner": {"strategy": "fixed", "params": {"model": "cutting"}}}), *fixed("fast")],
        ["cutting", "fast"],
    )
    ask(page, "go")
    wait_done(page, 2)
    column = columns(page).first
    expect(column).to_contain_text("As far as it goes,")
    expect(column.locator(".w-cut")).to_contain_text(re.compile(r"The answer broke off here.*after \d+ characters"))
    column.locator("summary", has_text="Trace").click()
    expect(column.locator(".w-calls .bad")).to_have_count(1)


def test_a_follow_up_continues_every_columns_own_conversation(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "first")
    wait_done(page, 2)
    ask(page, "second")
    expect(page.locator(".w-turn")).to_have_count(2)
    wait_done(page, 2)


def test_the_same_model_asked_the_same_is_one_reply_and_no_vote(page: Page) -> None:
    visit(page, [("fixed", {"model": "fast"}), ("cheapest", {})], ["fast"])
    ask(page, "go")
    wait_done(page, 2)
    expect(verdict(page)).to_contain_text("it counts as an agreement")
    expect(columns(page).nth(1)).to_contain_text("one reply, shared")
    expect(ballot(page)).to_be_hidden()


def test_a_hostile_answer_is_shown_and_does_nothing(page: Page) -> None:
    visit(page, fixed("hostile", "fast"), ["hostile", "fast"])
    ask(page, "<img src=x onerror='window.hacked=9'> **bold** ![x](https://evil.example/p.png)")
    wait_done(page, 2)
    expect(columns(page).first).to_contain_text("<script>window.hacked = 1</script>")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".w-turn :is(img, iframe, form, video, style, script)").count() == 0
    for link in columns(page).first.locator(".w-md a").all():
        assert "javascript" not in (link.get_attribute("href") or "")


UNUSUAL = [
    "מה שלומך היום?",
    "\U0001f600" * 50,
    "\u202eright to left override",
    "a" * 9000,
    "tab\tand\nlines\n\n\nend",
    "<script>window.hacked = 5</script><b>bold</b>",
    "![pixel](https://evil.example/p.png) [x](javascript:window.hacked=6)",
    "{{ value }} ${value} %s {0} \\u0000 '; drop table runs; --",
]


def test_unusual_prompts_are_asked_and_shown_as_written(page: Page) -> None:
    visit(page, fixed("fast", "broken"), ["fast", "broken"])
    for prompt in UNUSUAL:
        ask(page, prompt)
        expect(columns(page).first).to_have_attribute("data-status", "done")
        assert page.locator(".w-turn h2").text_content() == prompt
        page.get_by_role("button", name="New comparison").click()
        expect(page.locator(".w-turn")).to_have_count(0)
    assert page.evaluate("window.hacked") is None


def test_an_empty_prompt_is_not_asked(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, " \n ")
    expect(page.get_by_role("alert")).to_have_text("Write a prompt first.")
    expect(page.locator(".w-turn")).to_have_count(0)


def test_a_prompt_that_fits_no_model_says_so_and_is_kept(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "word " * 200_000)
    expect(page.get_by_role("alert")).to_contain_text("widest model of this pool")
    assert len(page.get_by_label("Prompt", exact=True).input_value()) == 1_000_000


def test_a_page_at_phone_width_does_not_scroll_sideways(new_page: Callable[..., Page]) -> None:
    page = new_page(390, 844)
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "go")
    wait_done(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_whole_journey_works_by_keyboard_alone(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    page.keyboard.press("/")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Control+Enter")
    wait_done(page, 2)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(verdict(page)).to_contain_text("You chose")


def test_stop_ends_every_column(page: Page) -> None:
    visit(page, fixed("stuck", "slow"), ["stuck", "slow"])
    ask(page, "go")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator('.w-col[data-status="stopped"]')).to_have_count(2)
    expect(page.get_by_role("button", name="Run")).to_be_enabled()


def test_an_answer_is_regenerated_and_two_are_compared_word_by_word(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "go")
    wait_done(page, 2)
    columns(page).first.get_by_role("button", name="Regenerate this answer").click()
    wait_done(page, 2)
    page.get_by_role("button", name="Differences").click()
    dialog = page.get_by_role("dialog", name="Differences between two answers")
    expect(dialog.locator("ins").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_file_of_prompts_is_stepped_through(page: Page) -> None:
    visit(page, fixed("fast", "broken"), ["fast", "broken"])
    lines = b'{"prompt": "first of the file"}\n{"prompt": "second of the file"}\n'
    files = [{"name": "prompts.jsonl", "mimeType": "application/jsonl", "buffer": lines}]
    page.locator('input[type="file"].w-sr').set_input_files(files)  # type: ignore[arg-type]  # playwright's own form
    box = page.get_by_label("Prompt", exact=True)
    expect(box).to_have_value("first of the file")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="first of the file")).to_be_visible()
    expect(page.get_by_role("button", name="Run")).to_be_enabled()
    page.get_by_role("button", name="Next").click()
    expect(box).to_have_value("second of the file")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="second of the file")).to_be_visible()
    expect(page.locator(".w-turn")).to_have_count(1)


def test_a_page_closed_in_the_middle_stops_what_nobody_reads(page: Page, app: App) -> None:
    visit(page, fixed("endless", "fast"), ["endless", "fast"])
    ask(page, "closed in the middle")
    expect(columns(page).first.locator(".w-tail")).not_to_be_empty()
    page.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        runs = httpx.get(f"{app.url}/api/runs?text=closed+in+the+middle").json()["runs"]
        if any(run["error"] == "stopped" for run in runs):
            return
        time.sleep(0.5)
    pytest.fail("the run of a closed page was never stopped")
