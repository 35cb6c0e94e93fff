"""Predictions in three leaderboards' forms: the files say what a replay says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests import toy
from tests.desk import settings
from workbench import outcomes
from workbench.errors import BadInput
from workbench.services.benchmark import Request
from workbench.services.leaderboards import CHEAPEST, DEAREST, export, willingness
from workbench.services.replay import Entrant, Sweep

CASCADE = Entrant("cascade", {"acceptor": "naive", "cheap": "tiny", "strong": "large"})


def write(home: Path, format: str, entrant: Entrant, router: str = "mine", folds: int = 2) -> list[Path]:
    toy.make(home)
    return export(format, Request("toy", [entrant], folds), settings(home), home / "out", router)


def recorded(home: Path) -> dict[tuple[str, str], dict[str, Any]]:
    frame = outcomes.load("toy", home).frame
    return {(row["query_id"], row["model"]): row for row in frame.iter_rows(named=True)}


def test_routerarena_gets_config_prices_and_a_prediction_for_every_prompt(tmp_path: Path) -> None:
    """The fields that its own checker asks for (check_config_prediction_files.py, with generated results)."""
    files = write(tmp_path, "routerarena", Entrant("round_robin"))
    assert [str(f.relative_to(tmp_path / "out")) for f in files] == [
        "router_inference/config/mine.json",
        "model_cost/cost.json",
        "router_inference/predictions/mine.json",
    ]
    config, prices, predictions = (json.loads(f.read_text(encoding="utf-8")) for f in files)
    assert config == {"pipeline_params": {"router_name": "mine", "models": list(toy.MODELS)}}
    assert set(prices["tiny"]) == {"input_token_price_per_million", "output_token_price_per_million"}
    known = recorded(tmp_path)
    assert [p["global index"] for p in predictions] == sorted({query for query, _ in known})
    assert {p["prediction"] for p in predictions} == set(toy.MODELS)
    for one in predictions:
        row = known[one["global index"], one["prediction"]]
        assert one["prompt"] == row["prompt"]
        assert (one["accuracy"], one["cost"]) == (row["quality"], row["cost_usd"])
        result = one["generated_result"]
        assert (result["generated_answer"], result["success"]) == (row["response"], True)
        assert result["token_usage"] == {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}


def test_routerarena_takes_one_setting_of_a_router_that_has_a_lambda(tmp_path: Path) -> None:
    *_, file = write(tmp_path, "routerarena", Entrant("knn", {"k": 5, "lambda": 1.0}))
    assert {p["prediction"] for p in json.loads(file.read_text(encoding="utf-8"))} == {"tiny"}
    with pytest.raises(BadInput, match="takes one setting of a strategy"):
        write(tmp_path, "routerarena", Entrant("knn", {"k": 5}, Sweep("lambda", 0, 1, 3)))


def test_routerarena_refuses_a_strategy_that_makes_several_calls(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"RouterArena prices one call .* cascade makes several calls"):
        write(tmp_path, "routerarena", CASCADE)
    assert not (tmp_path / "out").exists()


def test_routerbench_gets_a_curve_beside_the_single_models_and_the_oracle(tmp_path: Path) -> None:
    results, routed = write(tmp_path, "routerbench", Entrant("knn", {"k": 5}, Sweep("lambda", 0, 1, 3)))
    table = pl.read_csv(results)
    assert table.columns == ["eval_name", "model_name", "performance", "total_cost", "willingness_to_pay"]
    assert set(table["model_name"]) == {*toy.MODELS, "oracle", "mine"}
    assert table.height == len(toy.TOPICS) * (3 + 1 + 3)
    frame = outcomes.load("toy", tmp_path).frame
    prove = frame.filter(category="prove", model="large")
    large = table.filter(eval_name="prove", model_name="large").row(0, named=True)
    assert large["performance"] == pytest.approx(prove["quality"].mean())
    assert large["total_cost"] == pytest.approx(prove["cost_usd"].sum())
    cheapest = table.filter(pl.col("model_name") == "mine", pl.col("willingness_to_pay") == CHEAPEST)
    tiny = table.filter(model_name="tiny")
    assert cheapest.sort("eval_name")["total_cost"].to_list() == tiny.sort("eval_name")["total_cost"].to_list()
    wide = pl.read_csv(routed)
    assert wide.columns[:4] == ["sample_id", "eval_name", "mine|lambda:0", "mine|lambda:0|total_cost"]
    assert set(wide["mine|lambda:1"]) == {"tiny"}
    assert wide["mine|lambda:0.5|total_cost"].sum() == pytest.approx(
        table.filter(pl.col("model_name") == "mine")["total_cost"].to_numpy().reshape(3, -1)[1].sum()
    )


def test_the_oracle_is_the_cheapest_of_the_best_and_pays_nothing_where_none_is_right(tmp_path: Path) -> None:
    results, _ = write(tmp_path, "routerbench", Entrant("cheapest"))
    frame = outcomes.load("toy", tmp_path).frame.filter(category="add")
    right = frame.filter(pl.col("quality") == 1).group_by("query_id").agg(pl.col("cost_usd").min())
    oracle = pl.read_csv(results).filter(eval_name="add", model_name="oracle").row(0, named=True)
    assert oracle["performance"] == pytest.approx(right.height / frame["query_id"].n_unique())
    assert oracle["total_cost"] == pytest.approx(right["cost_usd"].sum())


def test_willingness_to_pay_is_what_makes_both_utilities_rank_alike() -> None:
    """(1 - l) q - l c / scale and w q - c have the same order when w = scale (1 - l) / l."""
    assert willingness(0.5, 0.02) == pytest.approx(0.02)
    assert willingness(0.8, 0.02) == pytest.approx(0.005)
    assert (willingness(0.0, 0.02), willingness(1.0, 0.02)) == (DEAREST, CHEAPEST)


def test_llmrouterbench_gets_a_result_file_for_each_dataset_and_split(tmp_path: Path) -> None:
    files = write(tmp_path, "llmrouterbench", CASCADE)
    assert len(files) == 2
    known = recorded(tmp_path)
    for file, split in zip(files, ("test", "train"), strict=True):
        assert file.parent == tmp_path / "out" / "results" / "bench" / "toy" / split / "mine"
        assert re.fullmatch(rf"toy-{split}-mine-\d{{8}}_\d{{6}}\.json", file.name)
        result = json.loads(file.read_text(encoding="utf-8"))
        assert (result["model_name"], result["dataset_name"], result["split"]) == ("mine", "toy", split)
        records = result["records"]
        assert result["counts"] == len(records) == sum(1 for r in known.values() if r["split"] == split) / 3
        assert result["performance"] == pytest.approx(sum(r["score"] for r in records) / len(records))
        assert result["cost"] == pytest.approx(sum(r["cost"] for r in records))
        assert {r["extra_fields"]["calls"] for r in records} == {1, 2}
        twice = next(r for r in records if r["extra_fields"]["calls"] == 2)
        assert twice["cost"] == pytest.approx(toy.MODELS["tiny"] + toy.MODELS["large"])
        assert twice["raw_output"].startswith("large says")


def test_a_name_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    for router in ("../mine", "a/b", "", ".hidden"):
        with pytest.raises(BadInput, match="must be a plain name"):
            write(tmp_path, "routerarena", Entrant("cheapest"), router)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(BadInput, match="choose another --out"):
        write(tmp_path, "routerarena", Entrant("cheapest"))
