"""The Compare page in a real browser: on the two real local models, and on scripted ones where a case must be exact."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from .steps import ask, columns, fixed, visit, vote, wait_done

pytestmark = pytest.mark.browser
SCREENSHOT = Path(__file__).parents[2] / "data" / "compare.png"
REAL = ("smollm2-135m", "qwen2.5-coder-1.5b")


@pytest.mark.models
def test_two_real_models_answer_side_by_side_with_cost_reason_and_trace(page: Page) -> None:
    visit(page, [("complexity", {}), ("cascade", {}), *fixed(REAL[0])], REAL, max_tokens=96)
    ask(page, "Explain in two sentences why the sky is blue.")
    wait_done(page, 3, 180)
    for column in columns(page).all():
        assert len(column.locator(".w-md").inner_text()) > 20
        expect(column.get_by_text("cost, nominal")).to_be_visible()
    why = columns(page).first.locator("details", has_text="Why this route")
    why.locator("summary").click()
    for model in REAL:
        expect(why.locator("code", has_text=model)).to_be_visible()
    trace = columns(page).nth(1).locator("details", has_text="Trace")
    trace.locator("summary").click()
    expect(trace.get_by_text("draft")).to_be_visible()
    page.screenshot(path=SCREENSHOT)


@pytest.mark.models
def test_an_answer_streams_word_by_word(page: Page) -> None:
    visit(page, fixed(*REAL), REAL, max_tokens=96)
    ask(page, "Write three sentences about rivers.")
    lengths = set()
    first = columns(page).nth(1)
    while first.get_attribute("data-status") != "done":
        lengths.add(len(first.inner_text()))
        page.wait_for_timeout(60)
    assert len(lengths) > 5


@pytest.mark.models
def test_a_blind_vote_on_real_models_unlocks_the_names(page: Page) -> None:
    visit(page, fixed(*REAL), REAL, blind=True, max_tokens=48)
    ask(page, "Name three colours.")
    wait_done(page, 2, 180)
    for model in REAL:
        expect(columns(page).get_by_text(model)).to_have_count(0)
    vote(page, "A")
    for model in REAL:
        expect(columns(page).get_by_text(model)).to_be_visible()
    expect(page.get_by_text("Your vote")).to_be_visible()


def test_before_the_vote_no_byte_tells_which_column_is_which(page: Page) -> None:
    received: list[bytes] = []

    def keep(response: Response) -> None:
        if "/api/comparisons/" in response.url and "/events" not in response.url:
            received.append(response.body())

    page.on("response", keep)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on("Network.eventSourceMessageReceived", lambda e: received.append(e["data"].encode()))
    visit(page, fixed("fast", "slow"), ["fast", "slow"], blind=True)
    ask(page, "go")
    wait_done(page, 2)
    expect(page.get_by_role("group", name="Which answer is best?")).to_be_visible()
    body = b"".join(received).decode()
    assert body.count("tail_add") > 3
    for secret in ("fixed", '"fast"', '"slow"', "model", "cost", "latency", "ttft", "strategy"):
        assert secret not in body, secret
    shown = page.locator(".w-turn").inner_html()
    for secret in ("fixed", "$", "tok/s"):
        assert secret not in shown, secret


def test_a_vote_is_cast_by_key_and_counts_once(page: Page) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "go")
    wait_done(page, 2)
    expect(page.get_by_role("group", name="Which answer is best?")).to_be_visible()
    page.keyboard.press("2")
    expect(columns(page).nth(1).get_by_text("Your vote")).to_be_visible()
    page.keyboard.press("1")
    expect(columns(page).first.get_by_text("Your vote")).to_have_count(0)
    expect(page.get_by_role("group", name="Which answer is best?")).to_be_hidden()


def test_a_permalink_reopens_what_was_said_and_voted(page: Page, new_page: Callable[..., Page]) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, "remember me")
    wait_done(page, 2)
    vote(page, "Tie")
    expect(page.get_by_text("You called it a tie.")).to_be_visible()
    other = new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="remember me")).to_be_visible()
    expect(other.get_by_text("You called it a tie.")).to_be_visible()
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
    expect(page.get_by_text("it counts as an agreement")).to_be_visible()
    expect(page.get_by_role("group", name="Which answer is best?")).to_be_hidden()


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


@pytest.mark.parametrize(
    "prompt",
    ["מה שלומך היום?", "😀" * 50, "\u202eright to left override", "a" * 9000, "tab\tand\nlines\n\n\nend"],
    ids=["hebrew", "emoji", "override", "long", "lines"],
)
def test_unusual_prompts_are_asked_and_shown_as_written(page: Page, prompt: str) -> None:
    visit(page, fixed("fast", "slow"), ["fast", "slow"])
    ask(page, prompt)
    wait_done(page, 2)
    assert page.locator(".w-turn h2").text_content() == prompt


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
    expect(page.get_by_text(re.compile("You chose"))).to_be_visible()


def test_stop_ends_every_column(page: Page) -> None:
    visit(page, fixed("stuck", "slow"), ["stuck", "slow"])
    ask(page, "go")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator('.w-col[data-status="stopped"]')).to_have_count(2)
    expect(page.get_by_role("button", name="Run")).to_be_enabled()
