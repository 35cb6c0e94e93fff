"""The pages' pure modules, run where they will run: in Chromium, from the files themselves, without the app."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Route

from workbench.ui.assets import FOLDER, PREFIX

pytestmark = pytest.mark.browser

Call = Callable[..., Any]


def serve(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
        return
    file: Path = FOLDER / path.removeprefix(f"{PREFIX}/")
    route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])


@pytest.fixture(scope="module")
def call(browser: Browser) -> Iterator[Call]:
    """call("format.js", "money", 0.5) runs an exported function on JSON values."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", serve)
    page.goto("http://modules.localhost/")
    code = "async ([path, name, args]) => { const m = await import(path); return m[name](...args); }"

    def run(module: str, name: str, *args: Any) -> Any:
        path = module if module.startswith("/") else f"{PREFIX}/scripts/{module}"
        return page.evaluate(code, [path, name, list(args)])

    yield run
    context.close()


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "–"),
        (0, "$0"),
        (4.2, "$4.20"),
        (0.1, "$0.10"),
        (0.02, "$0.02"),
        (0.00042, "$0.00042"),
        (0.000071, "$0.000071"),
        (4e-6, "$0.000004"),
        (0.0999, "$0.10"),
        (1234.5, "$1,234.50"),
        (3e-12, "< $1e-10"),
    ],
)
def test_money_has_two_significant_digits_below_a_cent(call: Call, usd: float | None, text: str) -> None:
    assert call("format.js", "money", usd) == text


@pytest.mark.parametrize(
    ("s", "text"),
    [(0.0864, "86 ms"), (0.0996, "0.10 s"), (0.42, "0.42 s"), (12.34, "12.3 s"), (59.96, "1 min 00 s"), (None, "–")],
)
def test_times_carry_the_unit_a_person_would_use(call: Call, s: float | None, text: str) -> None:
    assert call("format.js", "seconds", s) == text


def document(**columns: Any) -> dict[str, Any]:
    turn = {"battle": "b", "prompt": "p", "columns": columns, "vote": {"state": "none"}}
    return {"id": "c", "blind": True, "revealed": False, "busy": True, "turns": [turn], "columns": [{"letter": "A"}]}


def test_a_patch_sets_before_it_appends(call: Call) -> None:
    doc = document(A={"status": "streaming", "html": "<p>one</p>", "tail": "tw"})
    patch = {"turn": 0, "columns": {"A": {"set": {"tail": ""}, "html_add": "<p>two</p>", "tail_add": "th"}}}
    column = call("document.js", "reduce", doc, patch)["turns"][0]["columns"]["A"]
    assert column == {"status": "streaming", "html": "<p>one</p><p>two</p>", "tail": "th"}


def test_a_patch_can_add_a_turn_change_the_vote_and_unlock_the_names(call: Call) -> None:
    doc = document(A={"status": "done"})
    fresh = {"battle": "b2", "prompt": "q", "columns": {}, "vote": {"state": "none"}}
    doc = call("document.js", "reduce", doc, {"add_turn": fresh, "set": {"busy": False}})
    names = [{"letter": "A", "strategy": "cascade"}]
    patch = {"turn": 1, "vote": {"state": "cast", "choice": "A"}, "set": {"revealed": True, "columns": names}}
    doc = call("document.js", "reduce", doc, patch)
    assert [t["vote"]["state"] for t in doc["turns"]] == ["none", "cast"]
    assert doc["busy"] is False
    assert call("document.js", "nameOf", doc, doc["columns"][0]) == "cascade"


def test_a_sealed_column_is_called_by_its_letter_whatever_the_page_knows(call: Call) -> None:
    assert call("document.js", "nameOf", document(), {"letter": "A", "strategy": "cascade"}) == "A"


def test_the_cheapest_column_is_named_once_all_are_settled(call: Call) -> None:
    def done(cost: float) -> dict[str, Any]:
        return {"status": "done", "metrics": {"cost_usd": cost}}

    turn = {"columns": {"A": done(2), "B": done(1), "C": {"status": "failed"}}}
    assert call("document.js", "best", turn, "cost_usd") == ["B"]
    turn["columns"]["C"] = {"status": "streaming"}
    assert call("document.js", "best", turn, "cost_usd") == []
    assert call("document.js", "best", {"columns": {"A": done(1), "B": done(1)}}, "cost_usd") == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("", ""),
        ("", "all new"),
        ("the same", "the same"),
        ("It arrives at 16:10.", "The train arrives at 16:10 sharp."),
        ("a b c a b b a", "c b a b a c"),
        ("one\n\ntwo", "one two"),
        ("שלום עולם", "שלום לכם"),
        ("x " * 3000, "y " * 3000),
    ],
)
def test_a_difference_gives_both_texts_back(call: Call, a: str, b: str) -> None:
    pieces = call("diff.js", "diff", a, b)
    assert "".join(text for kind, text in pieces if kind != "right") == a
    assert "".join(text for kind, text in pieces if kind != "left") == b


def test_a_difference_marks_only_what_differs(call: Call) -> None:
    assert call("diff.js", "diff", "leave at noon today", "leave at dawn today") == [
        ["same", "leave at "],
        ["left", "noon"],
        ["right", "dawn"],
        ["same", " today"],
    ]
    assert call("diff.js", "alike", call("diff.js", "diff", "a b c d", "a b x d")) == 0.75


def test_prompts_are_read_from_txt_jsonl_and_csv(call: Call) -> None:
    assert call("prompts.js", "parsePrompts", "a.txt", "\ufeffone\r\n\r\n two \n") == ["one", "two"]
    assert call("prompts.js", "parsePrompts", "a.jsonl", '{"prompt": "one"}\n\n"two"\n') == ["one", "two"]
    table = 'id,Prompt\r\n1,"Say ""hi"",\nplease"\r\n2,two\r\n'
    assert call("prompts.js", "parsePrompts", "a.csv", table) == ['Say "hi",\nplease', "two"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.pdf", "x", "not a .txt, .jsonl or .csv"),
        ("a.txt", " \n", "holds no prompts"),
        ("a.jsonl", '"one"\n{', "line 2 is not JSON"),
        ("a.jsonl", '{"question": "x"}', 'line 1 has no "prompt"'),
        ("a.csv", "id,text\n1,x", 'no "prompt" column'),
        ("a.csv", 'prompt\n"open', "does not end"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(call: Call, name: str, text: str, problem: str) -> None:
    with pytest.raises(Error, match=problem):
        call("prompts.js", "parsePrompts", name, text)


ACCEPT = {"name": "accept", "kind": "number", "default": 0.7, "low": 0, "high": 1, "unit": ""}
TRIES = {"name": "tries", "kind": "integer", "default": 2, "low": 1, "high": 5, "unit": ""}


def test_a_chip_says_only_the_parameters_that_differ(call: Call) -> None:
    assert call("params.js", "caption", [ACCEPT, TRIES], {"accept": 0.8, "tries": 2}) == "accept 0.80"
    assert call("params.js", "changed", [ACCEPT, TRIES], {"accept": 0.8, "tries": 2, "gone": 1}) == {"accept": 0.8}


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("", None), ("x", None), ("1.5", None), ("-1", None)])
def test_a_number_out_of_range_is_no_number(call: Call, text: str, value: float | None) -> None:
    assert call("params.js", "numeric", ACCEPT, text) == value


def test_an_integer_takes_no_fraction(call: Call) -> None:
    assert call("params.js", "numeric", TRIES, "2.5") is None
    assert call("params.js", "numeric", TRIES, "3") == 3


SETUP = {
    "strategies": [{"name": "cascade", "params": [ACCEPT]}, {"name": "cheapest", "params": []}],
    "models": [{"id": "small", "usable": True}, {"id": "large", "usable": False}],
    "defaults": {"columns": ["cascade", "cheapest"], "temperature": 0.2},
}


def test_a_kept_draft_loses_what_no_longer_exists(call: Call) -> None:
    kept = {
        "columns": [{"strategy": "gone"}, {"strategy": "cascade", "params": {"accept": 0.9, "old": 1}}],
        "blind": True,
        "settings": {"pool": ["large"], "temperature": 1, "unknown": 3},
    }
    draft = call("draft.js", "fitted", kept, SETUP)
    assert [c["strategy"] for c in draft["columns"]] == ["cascade", "cheapest"]
    assert draft["settings"]["pool"] == ["small"]
    assert draft["settings"]["temperature"] == 1
    assert "unknown" not in draft["settings"]
    assert draft["blind"] is True


def test_a_large_pool_shows_its_best_candidates_and_always_the_chosen_one(call: Call) -> None:
    scores = [{"model": f"m{i}", "score": i / 20, "chosen": i == 2} for i in range(20)]
    found = call(f"{PREFIX}/components/why/script.js", "leading", scores)
    assert [s["model"] for s in found["shown"]] == [*(f"m{i}" for i in range(19, 12, -1)), "m2"]
    assert found["left"][0]["model"] == "m12"
    assert len(found["left"]) == 12


@pytest.mark.parametrize(
    ("scores", "extent"),
    [([0.2, 0.7], [0, 1]), ([-8, -4], [-8.5, -4]), ([0, 30], [-3.75, 30]), ([-2, -2], [-2.25, -2])],
)
def test_the_best_score_has_the_longest_bar_whatever_its_scale(
    call: Call, scores: list[float], extent: list[float]
) -> None:
    assert call(f"{PREFIX}/components/why/script.js", "extent", scores) == extent


@pytest.mark.parametrize(("end", "marks"), [(2.64, [0, 1, 2]), (0.41, [0, 0.2, 0.4]), (12, [0, 5, 10])])
def test_a_waterfall_has_a_few_round_marks(call: Call, end: float, marks: list[float]) -> None:
    assert call(f"{PREFIX}/components/trace/script.js", "axis", end) == pytest.approx(marks)


@pytest.mark.parametrize(
    ("models", "text"),
    [
        ([], "no model ready"),
        ([{"usable": True, "provider": "local"}] * 2, "2 local models ready"),
        (
            [{"usable": True, "provider": "local"}, {"usable": True, "provider": "openai"}],
            "1 local model, 1 hosted ready",
        ),
        ([{"usable": True, "provider": "openai"}] * 3, "3 models ready"),
        ([{"usable": True, "provider": "scripted"}] * 2, "2 scripted models ready"),
        ([{"usable": True, "provider": "local"}, {"usable": True, "provider": "scripted"}], "1 local model ready"),
    ],
)
def test_the_header_says_what_is_ready(call: Call, models: list[dict[str, Any]], text: str) -> None:
    assert call(f"{PREFIX}/components/nav/script.js", "readiness", models) == text


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({"kind": "quality", "strategy": "knn", "category": "sums & co"}, "/history?strategy=knn&category=sums+%26+co"),
        ({"kind": "quality", "strategy": "knn", "category": ""}, "/history?strategy=knn"),
        ({"kind": "prompts", "strategy": "", "category": ""}, "/routes"),
    ],
)
def test_a_change_leads_to_the_runs_or_routes_it_is_about(call: Call, change: dict[str, str], address: str) -> None:
    assert call(f"{PREFIX}/components/nav/script.js", "about", change) == address


BLUE, ORANGE, GREEN = ["#2f6bd0", "#7aa7f5"], ["#c97018", "#e5994c"], ["#23866a", "#5dc8a4"]


def test_a_second_chip_of_a_strategy_takes_the_next_free_colour(call: Call) -> None:
    path, palette = "strategies.js", [BLUE, ORANGE, GREEN]
    assert call(path, "distinct", [BLUE, BLUE, GREEN], palette) == [BLUE, ORANGE, GREEN]
    assert call(path, "distinct", [BLUE, ORANGE, BLUE], palette) == [BLUE, ORANGE, GREEN]


def test_a_strategy_is_found_by_words_of_any_order_or_case(call: Call) -> None:
    text = "best_of best of one model answers several times"
    found = [call("strategies.js", "has", text, typed) for typed in ("", "Several model", "best_of ", "cascade")]
    assert found == [True, True, True, False]


def test_columns_of_one_strategy_are_called_by_their_letters_too(call: Call) -> None:
    doc = document() | {"blind": False, "columns": [{"letter": x, "strategy": "fixed"} for x in "AB"]}
    assert call("document.js", "nameOf", doc, doc["columns"][1]) == "fixed (B)"


def test_what_is_broken_comes_first_and_what_is_optional_last(call: Call) -> None:
    checks = [
        {"name": "key", "ok": False, "needed": False},
        {"name": "python", "ok": True, "needed": True},
        {"name": "home", "ok": False, "needed": True},
    ]
    path = f"{PREFIX}/components/checks/script.js"
    assert [c["name"] for c in call(path, "ordered", checks)] == ["home", "python", "key"]
    assert call(path, "verdict", checks) == "1 thing to mend before all works."


COLUMNS: dict[str, Any] = {
    "n": 4,
    "m": 2,
    "quality": [0, 1, 0.5, 0.5, 1, 0, 0, 1],
    "cost": [1, 4, 1, 4, 2, 8, 1, 4],
    "best": [1, 0.5, 1, 1],
    "category": [0, 0, 1, 1],
    "categories": ["x", "y"],
    "curves": [
        {"choices": [1, 1, 1, 1, 0, 0, 0, 255]},
        {"choices": [0, 0, 1, 1], "quality": [1, 1, 0, 0], "cost": [9, 9, 9, 9]},
    ],
}
"""Four prompts of two models; a curve of two settings, in whose second the last prompt has no single model."""
OWN = COLUMNS | {
    "curves": [COLUMNS["curves"][0] | {"quality": [1, 0.5, 0, 1, 0, 0.5, 1, 0], "cost": [4, 4, 8, 4, 1, 1, 2, 7]}]
}


def test_figures_of_a_setting_are_means_over_all_prompts(call: Call) -> None:
    found = call("columns.js", "figures", COLUMNS, 0, 0)
    assert found["quality"]["value"] == 0.625
    assert found["cost"]["value"] == 5
    assert found["regret"]["value"] == 0.25
    half = 1.96 * (((1 - 0.625) ** 2 * 2 + 0.125**2 + 0.625**2) / 4 / 3) ** 0.5
    assert found["quality"]["high"] - found["quality"]["value"] == pytest.approx(half)
    assert found["counts"] == [0, 4, 0]


def test_a_run_of_several_calls_counts_its_own_quality_and_cost(call: Call) -> None:
    found = call("columns.js", "figures", OWN, 0, 1)
    assert (found["quality"]["value"], found["cost"]["value"]) == (0.375, 2.75)
    assert found["counts"] == [3, 0, 1]
    assert call("columns.js", "cell", OWN, 0, 1, 3) == {"model": 255, "quality": 0, "cost": 7}


def test_sides_are_the_prompts_whose_model_changes_and_what_that_did(call: Call) -> None:
    found = call("columns.js", "sides", OWN, 0, 0, 1)
    assert found == {
        "rows": [0, 1, 2, 3],
        "gains": [-1, 0, 1, -1],
        "byCategory": [["x", 2], ["y", 2]],
        "better": 1,
        "worse": 2,
        "same": 1,
    }
    assert call("columns.js", "sides", OWN, 0, 1, 1)["rows"] == []


def test_the_foremost_are_those_that_change_most_in_the_order_of_their_rows(call: Call) -> None:
    changed = {"rows": [0, 1, 2, 3], "gains": [-1, 0, 1, -0.5]}

    def found(*more: Any) -> Any:
        return call("columns.js", "foremost", changed, {"category": [0, 0, 1, 1]}, *more)

    assert found(9) == {"rows": [0, 2, 3, 1], "total": 4}
    assert found(2) == {"rows": [0, 2], "total": 4}
    assert found(9, "worse") == {"rows": [0, 3], "total": 2}
    assert found(9, "all", 1) == {"rows": [2, 3], "total": 2}
    assert found(1, "same", 1) == {"rows": [], "total": 0}


def test_a_mix_counts_each_category_apart(call: Call) -> None:
    assert call("columns.js", "mixes", COLUMNS, 0, 1) == [
        {"category": "x", "total": 2, "counts": [2, 0, 0]},
        {"category": "y", "total": 2, "counts": [1, 0, 1]},
    ]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.42, 0.88], [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([0.0, 0.31], [0, 0.1, 0.2, 0.3, 0.4]),
        ([], [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_a_linear_scale_begins_and_ends_on_round_steps(call: Call, values: list[float], ticks: list[float]) -> None:
    assert call("scale.js", "linear", values, 100, 0)["ticks"] == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.1, 5], [0.1, 0.2, 0.5, 1, 2, 5]),
        ([1e-5, 10], [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10][::2]),
        ([0, 0.02], [0.01, 0.02]),
        ([0, 0], [0.5, 1, 2, 5, 10]),
        ([2, 2], [2]),
    ],
)
def test_a_log_scale_has_few_round_ticks_and_takes_what_is_free(
    call: Call, values: list[float], ticks: list[float]
) -> None:
    found = call("scale.js", "logarithmic", values, 0, 100, 6)
    assert found["ticks"] == pytest.approx(ticks)
    assert found["min"] > 0


def test_names_of_a_crowd_of_points_stand_on_nothing_and_inside(call: Call) -> None:
    points = [(100 + 9 * (i % 4), 100 + 7 * (i // 4)) for i in range(12)]
    labels = [{"x": x, "y": y, "width": 60, "height": 16} for x, y in points]
    bounds = {"left": 0, "top": 0, "right": 400, "bottom": 300}
    discs = [{"x": x, "y": y, "r": 4} for x, y in points]
    placed = call("labels.js", "place", labels, {"bounds": bounds, "discs": discs})
    for i, one in enumerate(placed):
        assert 0 <= one["left"] <= 340
        assert 0 <= one["top"] <= 284
        assert not any(call("labels.js", "meet", one, other) for other in placed[:i])


def test_a_lone_name_stands_right_of_its_point_and_left_at_the_edge(call: Call) -> None:
    bounds = {"left": 0, "top": 0, "right": 200, "bottom": 100}
    label = {"y": 50, "width": 60, "height": 16}
    found = call("labels.js", "place", [label | {"x": 20}], {"bounds": bounds})[0]
    assert (found["left"], found["top"], found["away"]) == (28, 42, False)
    assert call("labels.js", "place", [label | {"x": 195}], {"bounds": bounds})[0]["left"] < 130


ASKED = {
    "data": "a b&c",
    "strategies": [
        {"strategy": "knn", "params": {}, "sweep": None},
        {"strategy": "x", "params": {"k": 3, "m": ["é~"]}, "sweep": {"param": "t", "low": -1, "high": 0, "steps": 5}},
    ],
    "folds": 0,
    "seed": 4,
    "models": ["m/1", "m,2"],
}


def test_an_address_gives_back_what_was_written_in_it(call: Call) -> None:
    query = call("replay_address.js", "write", ASKED, {"key": "f" * 32, "curve": 1, "at": 0, "from": 7})
    assert call("replay_address.js", "parse", f"?{query}") == {
        "setup": ASKED, "data": "a b&c", "key": "f" * 32, "curve": 1, "at": 0, "from": 7,
    }  # fmt: skip
    plain = {"data": "d", "strategies": [{"strategy": "knn"}], "folds": 5, "seed": 0, "models": []}
    assert call("replay_address.js", "write", plain) == "data=d&s=knn"


@pytest.mark.parametrize("query", ["", "?r=", "?s=x~{", "?s=", "?s=x~null", "?data=d&folds=3"])
def test_an_address_that_names_no_strategy_asks_for_nothing(call: Call, query: str) -> None:
    assert call("replay_address.js", "parse", query)["setup"] is None


def test_numbers_of_an_address_are_whole_or_as_usual(call: Call) -> None:
    found = call("replay_address.js", "parse", "?s=knn&folds=x&seed=-1&at=1.5&curve=2")
    assert (found["setup"]["folds"], found["setup"]["seed"], found["at"], found["curve"]) == (5, 0, None, 2)


RESULT = f"{PREFIX}/components/replay/result.js"


def point(cost: float, quality: float) -> dict[str, Any]:
    return {"cost": {"value": cost}, "quality": {"value": quality}}


def test_the_slider_begins_at_the_cheapest_setting_that_nearly_reaches_the_best_model(call: Call) -> None:
    weak = {"points": [point(1, 0.5), point(2, 0.6)], "best": 1, "aiq": {"value": 0.5}, "arena": None}
    strong = {
        "points": [point(9, 0.9), point(5, 0.895), point(2, 0.7)],
        "best": 0,
        "aiq": {"value": 0.8},
        "arena": None,
    }
    doc = {"curves": [weak, strong], "lines": [{"name": "best single", "quality": [0.9]}], "models": []}
    assert call(RESULT, "started", doc) == {"curve": 1, "at": 1, "from": 1}
    assert call(RESULT, "started", doc, {"curve": 0}) == {"curve": 0, "at": 1, "from": 1}
    assert call(RESULT, "started", doc, {"curve": 1, "at": 2, "from": 0}) == {"curve": 1, "at": 2, "from": 0}
    assert call(RESULT, "started", doc, {"curve": 7, "at": 9}) == {"curve": 1, "at": 1, "from": 1}


@pytest.mark.parametrize(("wanted", "cost"), [(0.3, 1), (0.4, 1), (0.5, 2), (0.75, 4), (0.9, 5), (0.95, None)])
def test_a_cost_is_read_off_a_reference_line_between_its_corners(call: Call, wanted: float, cost: float | None) -> None:
    found = call(f"{PREFIX}/components/replay/table.js", "costAt", [1, 3, 5, 9], [0.4, 0.6, 0.9, 0.9], wanted)
    assert found == (cost if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(
    ("status", "head", "line"),
    [
        ({"state": "waiting", "ahead": 2}, "Waiting for its turn", "2 replays are before this one"),
        ({"state": "waiting", "ahead": 0}, "Starting", ""),
        ({"state": "running", "elapsed_s": 2}, "Reading the data set", "2.00 s"),
        (
            {"state": "running", "text": "knn: fold 1 of 5", "elapsed_s": 30,
             "steps": {"done": 0, "total": 15}, "embedding": {"done": 512, "total": 3150, "rate": 40, "left_s": 66}},
            "knn: fold 1 of 5: embedding prompts, once", "512 of 3,150 new prompts · 40 prompts/s · about 1 min 06 s left",
        ),
        (
            {"state": "running", "text": "cascade: fold 2 of 5", "elapsed_s": 12,
             "steps": {"done": 6, "total": 10, "rate": 0.5, "left_s": 8.2}, "embedding": None},
            "cascade: fold 2 of 5", "6 of 10 folds · 30 folds/min · about 8 s left · 12.0 s so far",
        ),
    ],
)  # fmt: skip
def test_progress_says_what_is_done_its_rate_and_the_time_left(
    call: Call, status: dict[str, Any], head: str, line: str
) -> None:
    found = call(f"{PREFIX}/components/replay/progress.js", "told", status)
    assert (found["head"], found["line"]) == (head, line)


def test_coverage_is_a_row_for_each_category_and_a_column_for_each_model_cheapest_first(call: Call) -> None:
    def cell(model: str, category: str, scored: int, quality: float | None, cost: float) -> dict[str, Any]:
        named = {"model": model, "category": category, "quality": quality, "cost_usd": cost}
        return named | {"outcomes": 10, "scored": scored, "failed": 10 - scored}

    cells = [cell("dear", "b", 10, 0.8, 2.0), cell("dear", "a", 0, None, 4.0), cell("cheap", "a", 5, 0.4, 1.0)]
    found = call(f"{PREFIX}/components/data/script.js", "matrix", cells)
    assert [(one["model"], one["quality"], one["cost_usd"]) for one in found["models"]] == [
        ("cheap", 0.4, 1.0), ("dear", 0.8, 3.0),
    ]  # fmt: skip
    assert [(row["category"], row["prompts"]) for row in found["rows"]] == [("a", 10), ("b", 10)]
    assert [row["cells"][0] is None for row in found["rows"]] == [False, True]


@pytest.mark.parametrize(
    ("meta", "low", "high", "steps"),
    [
        ({"kind": "number", "default": -0.4, "low": -10, "high": 0}, -1.6, 0, 21),
        ({"kind": "number", "default": 0.25, "low": 0, "high": 1}, 0, 1, 21),
        ({"kind": "integer", "default": 3, "low": 1, "high": None}, 1, 12, 12),
        ({"kind": "number", "default": None, "low": None, "high": None}, -1, 1, 21),
    ],
)
def test_a_first_sweep_lies_around_the_default(
    call: Call, meta: dict[str, Any], low: float, high: float, steps: int
) -> None:
    found = call(f"{PREFIX}/components/replay/setup.js", "ranged", meta | {"name": "p"})
    assert (found["low"], found["high"], found["steps"]) == (low, high, steps)


def test_mixing_two_points_is_straight_in_cost_and_so_bent_on_a_log_scale(call: Call) -> None:
    found = call(f"{PREFIX}/components/replay/frontier.js", "mixing", [1, 100, 100], [0.2, 0.8, 0.8])
    assert (found[0], found[-2], found[-1]) == ([1, 0.2], [100, 0.8], [100, 0.8])
    assert len(found) == 26
    for cost, quality in found:
        assert quality == pytest.approx(0.2 + 0.6 * (cost - 1) / 99)
    assert call(f"{PREFIX}/components/replay/frontier.js", "mixing", [0, 1], [0, 1])[0] == [0, 0]


@pytest.mark.parametrize(
    ("at", "every", "name", "since", "until"),
    [
        ("2026-11-30T14:00:00+00:00", "hour", "30 Nov 2026, 14:00", "2026-11-30", "2026-11-30"),
        ("2026-02-28T00:00:00+00:00", "day", "28 Feb 2026", "2026-02-28", "2026-02-28"),
        ("2026-12-28T00:00:00+00:00", "week", "week from 28 Dec 2026", "2026-12-28", "2027-01-03"),
        ("2028-02-01T00:00:00+00:00", "month", "Feb 2028", "2028-02-01", "2028-02-29"),
        ("2026-12-01T00:00:00+00:00", "month", "Dec 2026", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_step_of_time_has_a_name_and_the_days_that_history_filters_by(
    call: Call, at: str, every: str, name: str, since: str, until: str
) -> None:
    module = f"{PREFIX}/components/routing/steps.js"
    assert call(module, "stepName", at, every) == name
    assert call(module, "days", at, every) == {"since": since, "until": until}


def test_an_address_gives_the_filters_it_names_and_no_others(call: Call) -> None:
    assert call("filters.js", "given", ["by", "since"], "?by=label&run=7&since=") == {"by": "label"}


def test_a_replay_is_offered_the_defaults_of_before_any_fit_and_no_sweep_of_what_is_fitted(call: Call) -> None:
    kept = {"name": "clusters", "kind": "integer", "default": 2, "learned": True}
    near = {"name": "nearest", "kind": "integer", "default": 3, "learned": False}
    setup = {"strategies": [{"name": "cluster", "params": [kept, near], "unfitted": {"clusters": 30}}], "models": []}
    (made,) = call(f"{PREFIX}/components/replay/setup.js", "unfitted", setup)["strategies"]
    assert [p["default"] for p in made["params"]] == [30, 3]
    assert call(f"{PREFIX}/components/replay/setup.js", "swept", made) == [near]
