"""The Compare page as a person uses it: real app, real Chromium, scripted models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from workbench.bench.process import App

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
POOL = ["fast", "slow"]


def opened(
    page: Page, strategies: list[tuple[str, dict[str, object]]], *, blind: bool = False, pool: list[str] = POOL
) -> Page:
    """The page with these columns, as if chosen on an earlier visit."""
    columns = [{"strategy": name, "params": params} for name, params in strategies]
    draft = json.dumps({"columns": columns, "blind": blind, "settings": {"pool": pool}})
    page.add_init_script(
        f"localStorage.getItem('workbench.compare') ?? localStorage.setItem('workbench.compare', {draft!r})"
    )
    page.goto("/")
    expect(page.locator(".w-chips li")).to_have_count(len(columns) + (len(columns) < 4))
    return page


def models(page: Page, *names: str, blind: bool = False) -> Page:
    pool = list(dict.fromkeys([*names, *POOL]))
    return opened(page, [("fixed", {"model": name}) for name in names], blind=blind, pool=pool)


def ask(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".w-question").last).to_have_text(prompt)


def settled(page: Page) -> None:
    unsettled = '.w-col[data-status="waiting"], .w-col[data-status="streaming"]'
    expect(page.locator(unsettled)).to_have_count(0, timeout=20_000)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] in ("serious", "critical")]


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_columns_stream_and_show_model_why_trace_and_cost(page: Page) -> None:
    ask(models(page, "fast", "slow"), "Hello")
    settled(page)
    fast = page.locator(".w-col").first
    expect(fast.locator(".w-model")).to_have_text("fast")
    expect(fast.locator(".w-answer strong")).to_have_text("fast")
    expect(fast.locator(".w-metrics dd")).to_have_count(4)
    fast.get_by_text("Why this route").click()
    expect(fast.locator(".w-bars .chosen code")).to_have_text("fast")
    fast.get_by_text("Trace").click()
    expect(fast.locator(".w-calls li")).to_have_count(1)
    assert serious(page) == []


def test_a_blind_vote_by_one_key_unlocks_the_names_in_place(page: Page) -> None:
    ask(models(page, "fast", "slow", blind=True), "Hello")
    expect(page.locator(".w-choices button")).to_have_count(4, timeout=20_000)
    assert page.locator(".w-board").inner_text().count("fixed") == 0
    assert page.locator(".w-metrics, .w-model").count() == 0
    assert serious(page) == []
    page.keyboard.press("2")
    expect(page.locator(".w-col").nth(1)).to_have_class("w-col w-tint won")
    expect(page.locator(".w-col h3").first).to_have_text("fixed")
    expect(page.locator(".w-verdict")).not_to_be_empty()
    expect(page.locator(".w-vote")).to_be_hidden()
    assert serious(page) == []


def test_typing_never_votes(page: Page) -> None:
    ask(models(page, "fast", "slow"), "Hello")
    expect(page.locator(".w-choices button").first).to_be_visible(timeout=20_000)
    page.keyboard.press("/")
    page.keyboard.type("12TB")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("12TB")
    expect(page.locator(".w-choices button").first).to_be_visible()


def test_the_address_reopens_a_comparison_and_back_leaves_it(page: Page) -> None:
    ask(models(page, "fast", "slow"), "Hello")
    settled(page)
    answer = page.locator(".w-answer").first.inner_text()
    page.reload()
    settled(page)
    expect(page.locator(".w-answer").first).to_have_text(answer, use_inner_text=True)
    page.go_back()
    expect(page.locator(".w-lead")).to_be_visible()
    expect(page.locator(".w-turn")).to_have_count(0)


def test_a_reload_in_the_middle_of_an_answer_goes_on_with_it(page: Page) -> None:
    ask(models(page, "fast", "slow"), "Hello")
    page.reload()
    settled(page)
    expect(page.locator(".w-answer").nth(1)).to_contain_text("from its pace.")


def test_follow_ups_stack_under_the_first_prompt(page: Page) -> None:
    ask(models(page, "fast", "slow"), "First")
    settled(page)
    ask(page, "Second")
    settled(page)
    expect(page.locator(".w-turn")).to_have_count(2)
    expect(page.locator(".w-question")).to_have_text(["First", "Second"])


def test_a_changed_setup_starts_a_new_comparison(page: Page) -> None:
    ask(models(page, "fast", "slow"), "First")
    settled(page)
    page.locator(".w-seg").get_by_text("Blind").click()
    expect(page.locator("#w-hint")).to_contain_text("starts a new comparison")
    ask(page, "Second")
    expect(page.locator(".w-turn")).to_have_count(1)


def test_a_failed_column_says_so_and_can_be_retried_while_the_other_answers(page: Page) -> None:
    ask(models(page, "fast", "broken"), "Hello")
    settled(page)
    broken = page.locator(".w-col").nth(1)
    expect(broken.locator(".w-failed")).to_contain_text("No answer")
    expect(broken.locator(".w-note")).to_contain_text("Tried broken")
    expect(page.locator(".w-answer").first).to_contain_text("That is all.")
    assert serious(page) == []
    broken.get_by_role("button", name="Retry").click()
    settled(page)
    expect(broken.locator(".w-failed")).to_be_visible()


def test_one_column_is_stopped_without_the_other(page: Page) -> None:
    ask(models(page, "stuck", "slow"), "Hello")
    page.locator(".w-col").first.get_by_role("button", name="Stop this answer").click()
    expect(page.locator(".w-col").first).to_have_attribute("data-status", "stopped")
    settled(page)
    expect(page.locator(".w-col").nth(1)).to_have_attribute("data-status", "done")


def test_a_hostile_answer_is_only_text(page: Page) -> None:
    ask(models(page, "hostile", "fast"), "Hello")
    settled(page)
    answer = page.locator(".w-answer").first
    expect(answer).to_contain_text("done")
    assert page.evaluate("window.hacked") is None
    assert answer.locator("script, img, form, input, iframe, style, video, [style], [onerror], [ping]").count() == 0


def test_a_prompt_of_markup_is_shown_as_it_was_typed(page: Page) -> None:
    prompt = '<img src=x onerror="window.hacked=1"> ![x](https://evil.example/x.png)'
    ask(models(page, "fast", "slow"), prompt)
    settled(page)
    assert page.evaluate("window.hacked") is None


def test_a_refused_prompt_stays_in_the_box_with_the_reason(browser: Browser, app: App) -> None:
    page = browser.new_page(base_url=app.url)  # not a watched one: Chromium logs every refused request as an error
    models(page, "fast", "slow")
    page.get_by_label("Prompt", exact=True).fill("long " * 40_000)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".w-notice")).to_be_visible()
    assert len(page.get_by_label("Prompt", exact=True).input_value()) == 200_000
    page.close()


def test_differences_mark_words(page: Page) -> None:
    ask(models(page, "fast", "slow"), "Hello")
    settled(page)
    page.get_by_role("button", name="Differences").click()
    expect(page.locator(".w-diff-side del").first).to_be_visible()
    expect(page.locator(".w-diff-side ins").first).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".w-diff")).to_be_hidden()


def test_a_parameter_is_set_on_its_chip_and_kept_for_the_next_visit(page: Page) -> None:
    opened(page, [("complexity", {}), ("cheapest", {})])
    page.locator(".w-chip", has_text="cheapest").click()
    assert serious(page) == []
    page.get_by_label("answer tokens", exact=True).fill("50")
    page.keyboard.press("Escape")
    chip = page.locator(".w-chip", has_text="cheapest")
    expect(chip.locator("small")).to_have_text("answer tokens 50")
    page.reload()
    expect(chip.locator("small")).to_have_text("answer tokens 50")


def test_the_setup_panel_is_kept_without_asking_the_server(page: Page) -> None:
    opened(page, [("complexity", {}), ("cheapest", {})])
    page.get_by_role("button", name="Setup").click()
    page.get_by_label("System prompt").fill("Be brief.")
    expect(page.get_by_role("button", name="Setup")).to_contain_text("changed")
    page.reload()
    page.get_by_role("button", name="Setup").click()
    expect(page.get_by_label("System prompt")).to_have_value("Be brief.")
    assert serious(page) == []


def test_a_file_of_prompts_is_stepped_through(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text("id,prompt\n1,First\n2,Second\n")
    models(page, "fast", "slow")
    page.locator('.w-composer input[type="file"]').set_input_files(file)
    expect(page.locator(".w-steps b")).to_have_text("1 of 2")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".w-question")).to_have_text("First")
    settled(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".w-question")).to_have_text("Second")


def test_a_phone_shows_columns_to_swipe_and_never_scrolls_sideways(new_page: NewPage) -> None:
    page = new_page(width=390, height=844, dark=True)
    models(page, "fast", "slow", blind=True)
    assert sideways(page) == 0
    ask(page, "Hello " + "unbroken" * 40)
    expect(page.locator(".w-choices button").first).to_be_visible(timeout=20_000)
    assert sideways(page) == 0
    assert serious(page) == []
    page.get_by_role("button", name="Setup").click()
    assert sideways(page) == 0


def test_everything_is_reached_by_keyboard_alone(page: Page) -> None:
    opened(page, [("complexity", {}), ("cheapest", {})])
    page.keyboard.press("/")
    page.keyboard.type("Hello")
    page.keyboard.press("Control+Enter")
    settled(page)
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(
            str(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"))
        )
    reached = " ".join(names)
    for name in ("Copy this answer", "Regenerate this answer", "Why this route", "Trace", "Run", "complexity"):
        assert name in reached
