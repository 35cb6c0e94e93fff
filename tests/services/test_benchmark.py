"""A replay from a request to its document, on real strategies and a small data set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import toy
from tests.desk import settings
from workbench.errors import BadInput
from workbench.outcomes import write
from workbench.registry import Registry
from workbench.services.benchmark import MOST, Request, contest, describe, judge, run
from workbench.services.replay import Entrant, Sweep

ENTRANTS = (
    Entrant("knn", {"k": 8}),
    Entrant("complexity"),
    Entrant("cascade", {"acceptor": "naive", "threshold": -0.5}),
)


def request(**changed: Any) -> Request:
    return replace(Request("toy", ENTRANTS, folds=4), **changed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    toy.make(tmp_path)
    return tmp_path


def marked(home: Path, split: str) -> None:
    """The same data, its first twenty prompts in this split."""
    rows = [row | {"split": split if row["query_id"] < "q00020" else "eval"} for row in toy.rows()]
    write(rows, home / "data" / "toy.parquet")


def test_a_replay_is_the_same_bytes_for_the_same_seed_and_data(home: Path) -> None:
    def text(seed: int) -> str:
        found = run(request(seed=seed), settings(home))
        for curve in found["curves"]:
            del curve["decision_us"]  # a clock's
        return json.dumps(found, sort_keys=True)

    assert text(0) == text(0)
    assert text(0) != text(1)


def test_its_document_is_plain_json_without_nan(home: Path) -> None:
    found = run(request(), settings(home))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [c["label"] for c in found["curves"]] == ["knn", "complexity", "cascade"]
    assert next(iter(found)) == "sentence"


def test_only_the_models_asked_for_are_replayed(home: Path) -> None:
    found = run(request(models=("large", "tiny"), entrants=ENTRANTS[:1]), settings(home))
    assert found["data"]["models"] == ["large", "tiny"]
    assert found["curves"][0]["apgr"] is not None or "three standard errors" in found["curves"][0]["note"]


def test_prompts_that_the_data_marks_as_seen_before_are_neither_learned_from_nor_judged(home: Path) -> None:
    marked(home, "contaminated")
    found = run(request(), settings(home))
    assert (found["data"]["prompts"], found["data"]["marked"]) == (60, 20)


def test_near_twins_of_training_prompts_are_counted_where_something_learns(home: Path) -> None:
    twins = ("q00011", "q00022", "q00033", "q00044", "q00055", "q00066")
    write(
        [row | ({"prompt": "Who goes there?"} if row["query_id"] in twins else {}) for row in toy.rows()],
        home / "data" / "toy.parquet",
    )
    learned = run(request(entrants=ENTRANTS[:1]), settings(home))["data"]["contaminated"]
    assert learned["judged"] == 80
    assert learned["contaminated"] >= learned["equal"] == 6
    assert {"query_id", "like", "cosine"} == set(learned["pairs"][0])
    assert run(request(entrants=ENTRANTS[1:2]), settings(home))["data"]["contaminated"] is None


def test_a_prompt_that_a_model_lacks_is_left_out_and_counted(home: Path) -> None:
    rows = [row for row in toy.rows() if (row["query_id"], row["model"]) != ("q00007", "large")]
    write(rows, home / "data" / "toy.parquet")
    found = run(request(entrants=ENTRANTS[1:]), settings(home))
    assert (found["data"]["prompts"], found["data"]["skipped"]) == (79, 1)


def test_progress_goes_through_the_folds_of_all_strategies(home: Path) -> None:
    told: list[tuple[str, int, int]] = []
    judge(request(), settings(home), lambda *step: told.append(step))
    assert told[0] == ("knn: fold 1 of 4", 0, 12)
    assert told[-1] == ("cascade: fold 4 of 4", 11, 12)


def test_a_contest_leaves_out_what_cannot_be_replayed_and_says_why(home: Path) -> None:
    many = (
        ENTRANTS[1],
        Entrant("fixed", {"model": "nobody"}),
        Entrant("cascade", {"acceptor": "naive", "cheap": "tiny"}),
    )
    rows = [row | {"confidence": None} for row in toy.rows()]  # a cascade has to ask whether its draft is right
    write(rows, home / "data" / "toy.parquet")
    found, left_out = contest(request(entrants=many), settings(home))
    assert [t.entrant.strategy for t in found.tracks] == ["complexity"]
    assert "no model 'nobody'" in left_out["fixed"]
    assert left_out["cascade"] == "calls of 80 of 80 prompts are not recorded"
    assert describe(found)["data"]["prompts"] == 80


def test_a_contest_that_nobody_can_enter_says_so(home: Path) -> None:
    with pytest.raises(BadInput, match="none of these strategies can be replayed: fixed: "):
        contest(request(entrants=[Entrant("fixed", {"model": "nobody"})]), settings(home))


def test_strategies_that_share_no_covered_prompt_are_told_what_each_covers(home: Path) -> None:
    write([row | {"confidence": None} for row in toy.rows()], home / "data" / "toy.parquet")
    with pytest.raises(BadInput, match=r"of 80 prompts 80 have a scored outcome.*80 by complexity, 0 by cascade"):
        judge(request(entrants=ENTRANTS[1:]), settings(home))


def test_what_is_not_there_is_named(home: Path) -> None:
    with pytest.raises(BadInput, match=r"no data set named 'nothing'; there are .*toy"):
        run(request(data="nothing"), settings(home))
    with pytest.raises(BadInput, match="toy has no outcomes of huge; it has tiny, middling, large"):
        run(request(models=("huge",)), settings(home))
    with pytest.raises(BadInput, match="choose from 2 to 20 folds"):
        run(request(folds=81), settings(home))


def test_a_request_is_read_from_json_and_written_back() -> None:
    sweep = {"param": "threshold", "low": -2.0, "high": 0.0, "steps": 5}
    asked = {
        "data": "toy",
        "strategies": [{"strategy": "cascade", "params": {"cheap": "tiny"}, "sweep": sweep}],
        "folds": 3,
        "seed": 7,
        "models": ["tiny", "large"],
    }
    found = Request.parse(asked)
    assert found.entrants[0] == Entrant("cascade", {"cheap": "tiny"}, Sweep("threshold", -2, 0, 5))
    assert found.as_json() == asked


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        None,
        {"data": "toy"},
        {"data": "toy", "strategies": []},
        {"data": "toy", "strategies": [{"strategy": "knn"}] * (MOST + 1)},
        {"data": "toy", "strategies": [{"strategy": "knn"}], "folds": "many"},
        {"data": "toy", "strategies": [{"strategy": "knn"}], "seed": -1},
        {"data": "toy", "strategies": [{"strategy": "knn", "sweep": {"param": "k"}}]},
        {"data": "toy", "strategies": [{"params": {}}]},
    ],
)
def test_a_request_that_cannot_be_read_is_refused(asked: Any) -> None:
    with pytest.raises(BadInput):
        Request.parse(asked)


def test_a_requests_key_follows_everything_that_changes_its_result(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    keys = {
        request().key("data", mine),
        request().key("other data", mine),
        request(seed=1).key("data", mine),
        request(folds=5).key("data", mine),
        request(models=("tiny",)).key("data", mine),
        request(entrants=ENTRANTS[:1]).key("data", mine),
        request().key("data", replace(mine, embedder="another")),
    }
    assert len(keys) == 7
    assert request().key("data", mine) in keys
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mine.toml").write_text('title = "Mine"')
    assert request().key("data", mine) not in keys


def test_a_result_is_not_taken_for_that_of_an_edited_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = request().key("data", settings(tmp_path))
    monkeypatch.setattr(Registry, "key", lambda self: "other files")
    assert request().key("data", settings(tmp_path)) != before


def test_judged_prompts_keep_the_order_of_their_ids(home: Path) -> None:
    found = judge(request(entrants=ENTRANTS[1:2]), settings(home))
    ids = [p.id for p in found.recorded.prompts]
    assert ids == sorted(ids)
    assert (
        found.tracks[0].quality[0].tolist()
        == found.recorded.quality[np.arange(80), found.tracks[0].choices[0]].tolist()
    )
