"""The recording that ships: what its README says of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from tests.pool import MODELS
from workbench.outcomes import read
from workbench.services.record import Graders
from workbench.settings import shipped
from workbench.suite import load
from workbench.weights import described

FILE = shipped("outcomes/reasoning.parquet")
README = shipped("outcomes/README.md").read_text(encoding="utf-8")


def test_it_holds_every_case_of_the_suite_by_both_local_models() -> None:
    frame = read(FILE).frame
    suite = load("reasoning")
    assert set(frame["query_id"]) == {line["id"] for line in suite.lines}
    assert frame.group_by("model").len().sort("model").rows() == [("qwen2.5-coder-1.5b", 1330), ("smollm2-135m", 1330)]
    assert frame["error"].null_count() == frame.height
    assert json.loads(pl.read_parquet_metadata(FILE)["params"]) == {"max_tokens": 48, "temperature": 0.0}
    assert pl.read_parquet_metadata(FILE)["suite_key"] == suite.key


def test_every_answer_has_its_grade_tokens_time_and_log_probability() -> None:
    frame = read(FILE).frame
    for column in ("quality", "completion_tokens", "latency_ms", "confidence", "response"):
        assert frame[column].null_count() == 0
    graders, cases = Graders(), {case.prompt.id: case for case in load("reasoning").cases(MODELS)}
    for row in frame.sample(200, seed=1).iter_rows(named=True):
        assert graders.grade(cases[row["query_id"]], row["response"]).score == row["quality"], row["query_id"]


def test_its_readme_gives_its_figures_and_the_hashes_of_the_weights() -> None:
    means = read(FILE).frame.group_by("model").agg(pl.col("quality").mean(), pl.col("cost_usd").mean())
    for model, quality, cost in means.rows():
        assert f"`{model}`" in README
        assert f"{quality:.1%}".replace("%", " %") in README
        assert f"{1000 * cost:.4f}" in README
    for weights in described(shipped("weights.toml")).values():
        assert weights.sha256 in README


@pytest.mark.parametrize("path", sorted(shipped("outcomes").glob("*.parquet")))
def test_a_recording_is_small_enough_for_a_repository(path: Path) -> None:
    assert path.stat().st_size < 2_000_000
    assert hashlib.sha256(path.read_bytes()).hexdigest()
