from __future__ import annotations

from pathlib import Path

from workbench.catalog import Entry
from workbench.services.specs import registry
from workbench.settings import shipped
from workbench.types import Model
from workbench.ui.choices import FIRST, example_prompts, setup


def test_every_strategy_is_offered_with_its_words_colour_and_parameters() -> None:
    offered = setup(registry(), [], shipped("prompts.toml"))
    by_name = {s["name"]: s for s in offered["strategies"]}
    assert list(by_name) == registry().names()
    assert set(FIRST) <= set(by_name)
    assert all(len(s["color"]) == 2 and s["doc"] for s in by_name.values())
    (threshold,) = [p for p in by_name["cascade"]["params"] if p["name"] == "threshold"]
    assert (threshold["kind"], threshold["default"], threshold["low"], threshold["high"]) == ("number", -0.4, -10, 0)
    assert {p["name"]: p["kind"] for p in by_name["fallback"]["params"]} == {
        "inner": "strategy",
        "models": "models",
        "timeout_s": "number",
        "first_token_s": "number",
        "connect_s": "number",
        "retries": "integer",
        "backoff_s": "number",
    }


def test_what_must_be_outermost_is_told() -> None:
    made = setup(registry(), [], shipped("prompts.toml"))
    assert [s["name"] for s in made["strategies"] if s["outermost"]] == ["safety"]


def test_a_model_that_cannot_be_used_says_why_and_no_secret_is_offered() -> None:
    entries = [
        Entry(Model("free", capabilities=frozenset({"tools", "json"}))),
        Entry(Model("hosted", 1, 2, options={"token": "swordfish"}), "SOME_API_KEY", "set SOME_API_KEY"),
    ]
    free, hosted = setup(registry(), entries, shipped("prompts.toml"))["models"]
    assert (free["usable"], free["reason"], free["capabilities"]) == (True, "", ["json", "tools"])
    assert (hosted["usable"], hosted["reason"], hosted["price_out"]) == (False, "set SOME_API_KEY", 2)
    assert "swordfish" not in str(hosted)


def test_examples_keep_their_files_order_in_either_form(tmp_path: Path) -> None:
    path = tmp_path / "prompts.toml"
    path.write_text('zebra = ["one", "two"]\n[apple]\nprompts = ["three"]\n')
    assert example_prompts(path) == [
        {"category": "zebra", "prompts": ["one", "two"]},
        {"category": "apple", "prompts": ["three"]},
    ]
