"""The Replay page: set up, run, read, dragged, restored by its address; its figures against numpy's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from tests import toy

from .conftest import TOY

pytestmark = pytest.mark.browser

SWEEP = {"param": "threshold", "low": -0.9, "high": 0.0, "steps": 10}
CASCADE = "s=" + quote(f"cascade~{json.dumps({'params': {'acceptor': 'naive'}, 'sweep': SWEEP})}")
SETUP = f"/replay?data=toy&s=knn&s=complexity&{CASCADE}"


def run(page: Page, address: str = SETUP) -> Page:
    """Open a setup by its address, run it, and wait for the result."""
    page.goto(address)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".w-result")).to_be_visible(timeout=60_000)
    return page


def figures(page: Page) -> Locator:
    return page.get_by_role("table", name="Figures of every strategy")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider")


def drag(page: Page, to: int) -> None:
    """By the mouse, to a setting."""
    box, most = slider(page).bounding_box(), int(slider(page).get_attribute("max") or 0)
    assert box
    thumb, y = 8, box["y"] + box["height"] / 2
    at = [box["x"] + thumb + (box["width"] - 2 * thumb) * i / most for i in (int(slider(page).input_value()), to)]
    page.mouse.move(at[0], y)
    page.mouse.down()
    page.mouse.move((at[0] + at[1]) / 2, y)
    page.mouse.move(at[1], y)
    page.mouse.up()
    expect(slider(page)).to_have_value(str(to))


def figure(page: Page, name: str) -> list[float]:
    """Value, low and high as the panel shows them."""
    row = page.locator(".w-whatif-figures div", has=page.get_by_text(name, exact=True))
    return [float(text) for text in re.findall(r"-?\d+\.\d+", row.locator("dd").inner_text())]


@dataclass
class Truth:
    """The same replay, worked out from the rows of the data set and the choices that the server sent."""

    quality: NDArray[Any]
    cost: NDArray[Any]
    category: NDArray[Any]
    chosen: list[NDArray[np.uint8]]
    """For each curve, settings by prompts."""

    @classmethod
    def of(cls, page: Page) -> Truth:
        key = re.search(r"[?&]r=([0-9a-f]{32})", page.url)
        assert key
        path = f"/api/replays/{key[1]}"
        document = page.request.get(f"{path}/document").json()
        body = page.request.get(f"{path}/columns").body()
        rows = list(toy.rows(TOY))
        shape = (TOY, len(toy.MODELS))
        places = [curve["choices"] for curve in document["curves"]]
        tables = [np.frombuffer(body, np.uint8, int(np.prod(p["shape"])), p["at"]).reshape(p["shape"]) for p in places]
        return cls(
            np.array([row["quality"] for row in rows]).reshape(shape),
            np.array([row["cost_usd"] for row in rows]).reshape(shape),
            np.array([row["category"] for row in rows]).reshape(shape)[:, 0],
            [np.bitwise_xor.accumulate(table, axis=0) for table in tables],
        )

    def at(self, curve: int, setting: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8]]:
        """Quality and cost of every prompt, and the model that answered."""
        chosen = self.chosen[curve][setting]
        return self.quality[np.arange(TOY), chosen], self.cost[np.arange(TOY), chosen], chosen


def test_the_empty_page_says_what_belongs_here_and_has_the_button_that_makes_it(page: Page) -> None:
    page.goto("/")
    pages = page.get_by_role("navigation", name="Pages")  # not Gradio's own, which is there until it is hidden
    pages.get_by_role("link", name="Replay").click(timeout=60_000)
    expect(page.get_by_text("no model is asked, and nothing is spent")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Replay knn, complexity and cascade over reasoning")).to_be_enabled()
    assert pages.get_by_role("link", name="Replay").get_attribute("aria-current") == "page"


def test_a_run_shows_its_progress_then_the_sentence_the_curves_and_the_table(page: Page) -> None:
    page.goto(f"{SETUP}&seed=7")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".w-replay-lead")).to_contain_text(re.compile("^knn .* large.* prompts"), timeout=60_000)
    rows = figures(page).locator("tbody tr")
    assert rows.locator("th").all_inner_texts()[:3] == ["knn", "complexity", "cascade"]
    names = {"cheapest", "best single", "round-robin", "random", "zero router", "per-category oracle", "oracle"}
    assert set(rows.locator("th").all_inner_texts()[3:]) == names
    drawn = " ".join(page.locator(".w-frontier svg text").all_text_contents())
    for name in [*names, *toy.MODELS, "knn", "complexity", "cascade"]:
        assert name in drawn, name
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()


def test_the_names_in_the_plot_stand_apart(page: Page) -> None:
    run(page)
    boxes = page.locator(".w-frontier svg text:not(.w-tick, .w-axis)").evaluate_all(
        "nodes => nodes.map(n => n.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
    )
    assert len(boxes) >= 10
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            across = min(a[2], b[2]) - max(a[0], b[0])
            down = min(a[3], b[3]) - max(a[1], b[1])
            assert across < 1 or down < 3, (a, b)


def test_dragging_recomputes_everything_here_and_as_numpy_does(page: Page) -> None:
    run(page)
    page.get_by_label("Strategy", exact=True).select_option("knn")
    start = int(slider(page).input_value())
    truth = Truth.of(page)
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    for to in (90, 35):
        drag(page, to)
        quality, cost, chosen = truth.at(0, to)
        regret = truth.quality.max(axis=1) - quality
        spread = 1.96 * regret.std() / np.sqrt(TOY - 1)
        assert figure(page, "quality")[0] == pytest.approx(quality.mean(), abs=6e-4)
        assert figure(page, "cost / 1k")[0] == pytest.approx(1000 * cost.mean(), rel=6e-3)
        shown = [regret.mean(), regret.mean() - spread, regret.mean() + spread]
        assert figure(page, "regret to oracle") == pytest.approx(shown, abs=6e-4)
        changed = chosen != truth.at(0, start)[2]
        expect(page.get_by_role("heading", name=f"{changed.sum()} prompts change sides")).to_be_visible()
        gain = (quality - truth.at(0, start)[0])[changed]
        told = page.locator(".w-whatif").inner_text()
        assert f"better on {(gain > 0).sum()}, worse on {(gain < 0).sum()}" in told
        top = max(toy.TOPICS, key=lambda topic: int((truth.category[changed] == topic).sum()))
        assert f"{top} {(truth.category[changed] == top).sum()}" in told
    assert asked == []


def test_a_cascade_counts_every_call_it_made(page: Page) -> None:
    run(page)
    page.get_by_label("Strategy", exact=True).select_option("cascade")
    truth = Truth.of(page)
    for to in (0, 9):
        slider(page).fill(str(to))
        quality, cost, chosen = truth.at(2, to)
        drafts = np.where(
            chosen == len(toy.MODELS) - 1, truth.cost[:, 0], 0
        )  # the dearest answers after the cheapest drafted
        assert figure(page, "quality")[0] == pytest.approx(quality.mean(), abs=6e-4)
        assert figure(page, "cost / 1k")[0] == pytest.approx(1000 * (cost + drafts).mean(), rel=6e-3)


def test_the_prompts_that_change_sides_are_listed_as_text_and_opened_whole(page: Page) -> None:
    run(page)
    page.get_by_label("Strategy", exact=True).select_option("cascade")
    truth = Truth.of(page)
    slider(page).fill("0")
    page.get_by_role("button", name="Count from here").click()
    slider(page).fill("9")
    changed = truth.at(2, 0)[2] != truth.at(2, 9)[2]
    page.get_by_role("button", name="Open them").click()
    sides = page.get_by_role("region", name="Prompts that change sides")
    expect(sides.get_by_role("heading")).to_have_text(f"{changed.sum()} prompts change sides")
    expect(sides.locator("li")).to_have_count(min(25, changed.sum()))
    gain = truth.at(2, 9)[0] - truth.at(2, 0)[0]
    better = int((gain[changed] > 0).sum())
    sides.get_by_role("button", name="Better").click()
    expect(sides.get_by_role("button", name="Better")).to_have_text(f"Better {better}")
    expect(sides.locator("li").first).to_contain_text("better")
    sides.get_by_role("button", name="All").click()
    sides.get_by_label("Category").select_option("add")
    while sides.get_by_role("button", name="Show more").is_visible():
        sides.get_by_role("button", name="Show more").click()
    adds = changed & (truth.category == "add")
    expect(sides.locator("li")).to_have_count(int(adds.sum()))
    assert adds[0], "the hostile prompt is meant to be among them"
    hostile = sides.locator("li", has_text="<img src=x")
    hostile.locator("summary").click()
    expect(hostile.locator(".w-side-prompt")).to_have_text(toy.HOSTILE)
    expect(hostile).to_contain_text("large says 0")
    assert hostile.locator("img").count() == 0
    assert page.title() != "1"


def test_the_address_restores_setup_result_and_slider_and_back_works(page: Page) -> None:
    run(page)
    page.get_by_label("Strategy", exact=True).select_option("knn")
    slider(page).fill("40")
    shown = page.locator(".w-whatif-figures").inner_text()
    page.wait_for_url(re.compile(r"[?&]at=40"))
    page.reload()
    expect(page.locator(".w-result")).to_be_visible()
    expect(slider(page)).to_have_value("40")
    assert page.locator(".w-whatif-figures").inner_text() == shown
    expect(page.locator(".w-chips li button").nth(2)).to_contain_text("threshold -0.90 to 0, 10 steps")
    page.get_by_label("Seed").fill("3")
    page.get_by_label("Seed").blur()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".w-result")).to_be_visible(timeout=60_000)
    assert "seed=3" in page.url
    page.go_back()
    expect(page.get_by_label("Seed")).to_have_value("0")
    expect(slider(page)).to_have_value("40")


def test_a_click_on_a_curve_takes_the_slider_there_and_hovering_tells_its_figures(page: Page) -> None:
    run(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    curve = page.locator(".w-one-curve").nth(2).locator(".w-curve")
    spot = curve.evaluate(
        "p => { const m = p.getScreenCTM(), q = p.getPointAtLength(0); return [q.x * m.a + m.e, q.y * m.d + m.f]; }"
    )
    page.mouse.move(*spot)
    expect(page.locator(".w-tip")).to_contain_text("cascade · threshold")
    page.mouse.click(*spot)
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("2")


def test_the_slider_and_the_tabs_are_worked_by_keys_alone(page: Page) -> None:
    run(page)
    page.get_by_label("Strategy", exact=True).select_option("knn")
    slider(page).focus()
    before = int(slider(page).input_value())
    page.keyboard.press("ArrowRight")
    expect(slider(page)).to_have_value(str(before + 1))
    page.keyboard.press("End")
    expect(slider(page)).to_have_attribute("aria-valuetext", "lambda 1")
    page.get_by_role("tab", name="Route mix").focus()
    for name in ("Calibration", "Win rate", "Latency"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def test_plots_and_figures_are_downloaded(page: Page, tmp_path: Path) -> None:
    run(page)
    for form, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("JSON", b"{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download frontier as {form}").click()
        download.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_bytes().startswith(start)
        assert download.value.suggested_filename == f"replay-frontier.{form.lower()}"


def test_what_cannot_be_replayed_is_told_with_its_reason_and_can_be_mended(page: Page) -> None:
    upside_down = quote(f"cascade~{json.dumps({'sweep': SWEEP | {'low': 0, 'high': -1}})}")
    page.goto(f"/replay?data=toy&s={upside_down}")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("a sweep of threshold must go up")
    page.get_by_role("button", name="cascade").click()
    page.get_by_label("Sweep").select_option("")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".w-result")).to_be_visible(timeout=60_000)
    page.goto("/replay?data=toy&s=fixed~%7B%22params%22%3A%7B%22model%22%3A%22gone%22%7D%7D")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no model 'gone'", timeout=30_000)
    page.goto(f"/replay?data=toy&s=knn&r={'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("not kept here any more")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator(".w-result")).to_be_visible(timeout=60_000)


def test_a_replay_is_stopped_and_a_closed_page_does_not_stop_it(page: Page, new_page: Callable[..., Page]) -> None:
    page.goto(f"{SETUP}&seed=11")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("stopped before it ended", timeout=10_000)
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(re.compile("[?&]r="))
    address = page.url
    page.close()
    other = new_page()
    other.goto(address)
    expect(other.locator(".w-result")).to_be_visible(timeout=60_000)


def test_strategies_models_and_folds_are_chosen_on_the_page(page: Page) -> None:
    page.goto("/replay?s=knn")
    page.get_by_label("Data").select_option("toy")
    page.get_by_role("button", name="Add strategy").click()
    page.get_by_label("Find a strategy").fill("weights drawn")
    expect(page.get_by_role("button", name=re.compile("^cascade "))).to_be_hidden()
    page.get_by_role("button", name=re.compile("^random ")).click()
    page.get_by_role("button", name="Models").click()
    page.get_by_label("middling").uncheck()
    page.keyboard.press("Escape")
    page.get_by_label("Judged by").select_option("its own split")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".w-replay-about")).to_contain_text("2 models", timeout=60_000)
    expect(page.locator(".w-replay-about")).to_contain_text("its own split")
    assert figures(page).locator("tbody th").all_inner_texts()[:2] == ["knn", "random"]
    expect(figures(page).locator("thead")).to_contain_text("APGR")


@pytest.mark.parametrize("width", [320, 390, 680])
def test_nothing_is_wider_than_a_phone(new_page: Callable[..., Page], width: int) -> None:
    page = new_page(width=width, height=800)
    run(page)
    slider(page).fill("60")
    page.get_by_role("button", name="Open them").click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
