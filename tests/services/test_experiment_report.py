"""Reports of experiments that were really run: the same bytes, whatever the order in which cases ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.pool import model
from tests.services.trial import POOL, TWO, Counted, conduct, plan, reported, suite
from workbench import __version__
from workbench.errors import BadInput
from workbench.services.experiment_report import document, load
from workbench.services.experiment_text import markdown, plain_text
from workbench.store import open_store


def test_the_same_experiment_is_reported_with_the_same_bytes(tmp_path: Path) -> None:
    conduct(tmp_path, plan([*TWO, ("random", {})], suite(40), guards={"errors": 0.5}), at_once=8)
    first, second = reported(tmp_path, "first"), reported(tmp_path, "first")
    assert json.dumps(first) == json.dumps(second)
    assert markdown(first) == markdown(second)


def test_figures_do_not_depend_on_how_many_were_asked_at_once(tmp_path: Path) -> None:
    asked = plan(asked=suite(30), assign="prompt")
    one, many = (conduct(tmp_path / name, asked, at_once=n)[1] for name, n in (("one", 1), ("many", 16)))
    assert one["comparisons"] == many["comparisons"]
    assert [s["quality"] for s in one["strategies"]] == [s["quality"] for s in many["strategies"]]


def test_what_made_it_is_in_the_report(tmp_path: Path) -> None:
    asked = plan(seed=7, note="small is *enough*")
    _, found = conduct(tmp_path, asked)
    assert (found["seed"], found["suite_key"], found["workbench"]) == (7, suite().key, __version__)
    assert found["specs"] == [arm.spec.key for arm in asked.arms]
    text = markdown(found)
    for piece in (suite().key, "seed 7", __version__, asked.arms[1].spec.key):
        assert piece in text


def test_the_sentence_says_what_is_shown_and_what_would_settle_the_rest(tmp_path: Path) -> None:
    _, found = conduct(tmp_path, plan([*TWO, ("fixed", {"model": "mid"})], suite(120)))
    text = plain_text(found["sentence"])
    assert "fixed (model=big) is shown worse than fixed (model=small): -100.0 points [" in text
    assert "fixed (model=mid) is not shown better or worse than fixed (model=small): +0.0 points [" in text
    assert "after 120 prompts" in text
    assert "so far they are too alike to say how many more would tell" in text


def test_only_cases_before_the_first_gap_count(tmp_path: Path) -> None:
    conduct(tmp_path, plan())
    with open_store(tmp_path) as store:
        material = asyncio.run(load(store, "first"))
    rows = [row for row in material.seen if row["n"] != 2]
    found = document(type(material)(material.experiment, material.specs, rows))
    assert (found["answered"], found["beyond"]) == (2, 3)
    assert found["comparisons"][0]["n"] == 2


def test_disagreements_show_both_answers_and_lead_to_their_runs(tmp_path: Path) -> None:
    _, found = conduct(tmp_path, plan())
    differ = found["disagreements"]
    assert differ["count"] == len(differ["rows"]) == 6
    small, big = differ["rows"][0]["answers"]
    assert (small["text"], small["quality"], big["text"], big["quality"]) == ("I say hello", 1.0, "Good day", 0.0)
    assert small["run"] != big["run"]


def test_users_are_what_is_counted_where_there_are_users(tmp_path: Path) -> None:
    _, found = conduct(tmp_path, plan(asked=suite(40, users=8)))
    assert found["observation"] == "user"
    assert found["comparisons"][0]["n"] == 8
    assert "after 8 users" in plain_text(found["sentence"])


def test_answers_that_look_like_markup_stay_within_their_cells(tmp_path: Path) -> None:
    pool = (POOL[0], model("big", 1.0, text="</td>|x|<script>alert(1)</script>"))
    _, found = conduct(tmp_path, plan(pool=pool, note="a|b <b>"), Counted(pool))
    text = markdown(found)
    assert "<script>" not in text
    assert "<b>" not in text


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is none yet"):
        reported(tmp_path, "nosuch")
    conduct(tmp_path, plan())
    with pytest.raises(BadInput, match="there are first"):
        reported(tmp_path, "nosuch")
