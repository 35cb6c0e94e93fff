"""`workbench replay` as users run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import toy
from tests.cli.command import document, run

WIDEST = 120


@pytest.fixture
def home(tmp_path: Path) -> Path:
    toy.make(tmp_path / "home")
    return tmp_path / "home"


def replayed(home: Path, *args: str) -> Any:
    return run(home, "replay", *args, "--data", "toy", WORKBENCH_CACHE=str(home / "cache"))


def test_a_sentence_comes_first_then_tables_that_fit_a_terminal_then_notes(home: Path) -> None:
    done = replayed(home, "complexity", "cascade:threshold=-0.5,cheap=tiny")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith(".")
    assert " of its cost, on 80 prompts" in lines[0]
    assert lines[1] == ""
    assert max(map(len, lines[1:-2])) <= WIDEST
    for words in ("(zero router curve)", "over mixing", "stays reworded", "cascade, beside the best single model:"):
        assert words in done.stdout
    assert lines[-1].startswith("[low, high]: 95 % by prompt")
    assert "complexity: fold 1 of 5" in done.stderr


def test_json_is_one_document_with_every_metric_and_no_columns_by_prompt(home: Path) -> None:
    found = document(home, "replay", "knn:k=8", "--data", "toy", "--sweep", "lambda=0:1:5")
    (curve,) = found["curves"]
    assert curve["params"] == {**curve["params"], "k": 8}
    assert [round(v, 2) for v in curve["sweep"]["values"]] == [0, 0.25, 0.5, 0.75, 1]
    assert {"aiq", "aiq_gain", "hypervolume", "arena", "optimal_selection", "robustness", "cost_at_99"} <= set(curve)
    assert "choices" not in curve
    assert "cells" not in found
    assert found["plots"] == []


def test_plots_are_saved_and_named(home: Path, tmp_path: Path) -> None:
    done = replayed(home, "complexity", "--plots", str(tmp_path / "plots"), "--formats", "svg,png")
    assert str(tmp_path / "plots" / "frontier.svg") in done.stdout
    assert (tmp_path / "plots" / "frontier.png").is_file()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nothing"], "no strategy named 'nothing'; there are"),
        (["complexity:words=3"], "complexity has no parameter 'words'; it has"),
        (["complexity:words"], "complexity:words: must look like name=value"),
        (["complexity", "--sweep", "lambda"], "a sweep looks like lambda=0:1:101"),
        (["complexity", "--sweep", "lambda=0:1:3"], "complexity has no number 'lambda' to sweep; it has moderate_from"),
        (["complexity", "--models", "huge"], "toy has no outcomes of huge; it has tiny, middling, large"),
        (["complexity", "--folds", "90"], "90 folds of 80 prompts cannot be made"),
        (["complexity", "--formats", "gif", "--plots", "x"], "no plot format gif; there are png, svg, html"),
        (["cascade:cheap=huge"], "cascade.cheap: no model 'huge' in this pool"),
    ],
)
def test_a_mistake_is_told_with_what_mends_it(home: Path, args: list[str], said: str) -> None:
    done = replayed(home, *args)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_data_set_that_is_not_there_lists_those_that_are(home: Path) -> None:
    done = run(home, "replay", "complexity", "--data", "nowhere")
    assert done.returncode == 1
    assert "no data set named 'nowhere'; there are reasoning, toy" in done.stderr


def test_a_wrong_option_is_a_wrong_command_line(home: Path) -> None:
    assert replayed(home, "complexity", "--folds", "many").returncode == 2
    assert replayed(home).returncode == 2


def test_the_datas_own_split_is_used_with_no_folds(home: Path) -> None:
    found = document(home, "replay", "complexity", "--data", "toy", "--folds", "0")
    assert (found["data"]["folds"], found["data"]["prompts"]) == (0, 53)
