"""The gate over made-up data sets whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.command import run
from workbench import outcomes
from workbench.errors import BadInput
from workbench.services.benchmark import Request
from workbench.services.gate import cell, document, gate, markdown
from workbench.services.replay import Entrant
from workbench.settings import Settings

BASE, OTHER = Entrant("fixed", {"model": "small"}), Entrant("fixed", {"model": "big"})


def data(folder: Path, small: Any, big: Any, category: str = "maths") -> str:
    """A data set of two models with these qualities."""
    rows = [
        {
            "query_id": f"q{i:04}",
            "prompt": f"What is {i} and {i}?",
            "category": category,
            "model": model,
            "quality": float(quality),
            "cost_usd": 1e-6 if model == "small" else 1e-5,
        }
        for i, pair in enumerate(zip(small, big, strict=True))
        for model, quality in zip(("small", "big"), pair, strict=True)
    ]
    path = folder / "made.parquet"
    outcomes.write(rows, path)
    return str(path)


def settings(folder: Path) -> Settings:
    return Settings.from_env({"WORKBENCH_HOME": str(folder), "WORKBENCH_CACHE": str(folder / "cache")})


def drawn(chance: float, n: int = 600, seed: int = 0) -> Any:
    return np.random.default_rng(seed).random(n) < chance


def judged(folder: Path, small: Any, big: Any, margin: float = 0.05) -> dict[str, Any]:
    request = Request(data(folder, small, big), [BASE, OTHER], folds=0)
    return document(gate(request, margin, settings(folder)))


def test_a_better_candidate_passes_and_the_report_says_by_how_much(tmp_path: Path) -> None:
    found = judged(tmp_path, drawn(0.5), drawn(0.8, seed=1))
    assert found["state"] == "not worse"
    assert found["difference"]["low"] > 0
    text = markdown(found)
    assert text.startswith("## Gate passed")
    assert "| candidate | fixed (model=big) |" in text
    assert f"{100 * found['difference']['value']:+.1f} points" in text


def test_a_worse_candidate_fails_and_its_prompts_are_named(tmp_path: Path) -> None:
    found = judged(tmp_path, drawn(0.8), drawn(0.5, seed=1))
    assert found["state"] == "worse"
    assert found["differ"]["worse"] > found["differ"]["better"]
    assert found["differ"]["rows"][0]["base"] == 1.0
    assert found["differ"]["rows"][0]["candidate"] == 0.0


def test_few_prompts_are_undecided_and_so_many_more_settle_it(tmp_path: Path) -> None:
    even = np.ones(30)
    found = judged(tmp_path, even, even)
    assert found["state"] == "undecided"
    assert found["more"] > 0
    again = np.ones(30 + found["more"])
    assert judged(tmp_path, again, again)["state"] == "not worse"


def test_the_same_gate_prints_the_same_bytes(tmp_path: Path) -> None:
    first = judged(tmp_path, drawn(0.6), drawn(0.65, seed=3))
    second = judged(tmp_path, drawn(0.6), drawn(0.65, seed=3))
    assert json.dumps(first) == json.dumps(second)
    assert markdown(first) == markdown(second)


def test_a_learned_router_is_judged_at_its_own_lambda(tmp_path: Path) -> None:
    """At lambda 1 it takes the cheapest, whatever its curve could reach."""
    path = data(tmp_path, drawn(0.3, 60), np.ones(60))
    request = Request(path, [Entrant("knn", {"lambda": 1}), BASE], folds=3)
    found = gate(request, 0.05, settings(tmp_path))
    assert found.base.quality.shape == (1, 60)
    np.testing.assert_array_equal(found.base.quality, found.candidate.quality)


def test_a_strategy_that_walks_is_judged_at_its_own_lambda(tmp_path: Path) -> None:
    """At lambda 1 it stops at the cheapest answer; at 0 it would ask the other model too."""
    path = data(tmp_path, drawn(0.3, 60), np.ones(60))
    request = Request(path, [Entrant("cascade_routing", {"lambda": 1}), BASE], folds=3)
    found = gate(request, 0.05, settings(tmp_path))
    assert found.base.params["lambda"] == found.base.values[0] == 1
    np.testing.assert_array_equal(found.base.quality, found.candidate.quality)


def test_a_margin_of_nothing_and_a_third_strategy_are_refused(tmp_path: Path) -> None:
    path = data(tmp_path, np.ones(5), np.ones(5))
    with pytest.raises(BadInput, match="margin"):
        gate(Request(path, [BASE, OTHER], folds=0), 0.0, settings(tmp_path))
    with pytest.raises(BadInput, match="two strategies"):
        gate(Request(path, [BASE, OTHER, BASE], folds=0), 0.01, settings(tmp_path))


def test_words_of_the_data_stay_within_their_cell() -> None:
    assert cell("![seen](//elsewhere)") == "![seen]\\(//elsewhere)"
    assert cell("a|b\n<script>`x`") == "a\\|b &lt;script>\\`x\\`"


@pytest.mark.parametrize(
    ("small", "big", "code"), [(0.5, 0.8, 0), (0.8, 0.5, 1), (0.5, 0.5, 2)], ids=["better", "worse", "alike"]
)
def test_exit_codes_are_those_of_the_verdict(tmp_path: Path, small: float, big: float, code: int) -> None:
    n = 600 if code < 2 else 40
    path = data(tmp_path, drawn(small, n), drawn(big, n, seed=1))
    asked = ("gate", "fixed:model=small", "fixed:model=big", "--data", path, "--folds", "0")
    done = run(tmp_path, *asked)
    assert done.returncode == code, done.stderr
    assert "## Gate" in done.stdout
    found = json.loads(run(tmp_path, *asked, "--json").stdout)
    assert CODES[found["state"]] == code


CODES = {"not worse": 0, "worse": 1, "undecided": 2}


def test_no_verdict_has_a_code_of_its_own(tmp_path: Path) -> None:
    path = data(tmp_path, np.ones(5), np.ones(5))
    wrong = run(tmp_path, "gate", "fixed:model=small", "--data", path)
    unknown = run(tmp_path, "gate", "fixed:model=small", "nosuch", "--data", path)
    absent = run(tmp_path, "gate", "fixed:model=small", "fixed:model=big", "--data", "nosuch")
    assert [wrong.returncode, unknown.returncode, absent.returncode] == [3, 3, 3]
    assert "nosuch" in unknown.stderr
    assert run(tmp_path, "data", "--nosuch").returncode == 2
