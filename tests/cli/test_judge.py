"""`workbench judge` as users run it, on scripted models that always say the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.cli.command import document, run
from workbench import outcomes

CATALOG = """
[[models]]
id = "scorer"
provider = "scripted"
capabilities = ["json"]
price_in = 1.0
nominal = true
options = { text = '{"reason": "fine", "accuracy": 5, "helpfulness": 5, "safety": 5}' }
[[models]]
id = "tied"
provider = "scripted"
capabilities = ["json"]
options = { text = '{"reason": "alike", "winner": "tie"}' }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    (folder / "models.toml").write_text(CATALOG, encoding="utf-8")
    row = {"prompt": "Say it.", "model": "m", "response": "it", "quality": None, "cost_usd": 0.0}
    outcomes.write([row | {"query_id": f"q{i}"} for i in range(4)], folder / "data" / "logs.parquet")
    vote = {"model_a": "x", "model_b": "y", "response_a": "left", "response_b": "right", "judge": "human"}
    rows = [vote | {"query_id": f"q{i}", "prompt": f"Ask {i}.", "winner": f"model_{'ab'[i % 2]}"} for i in range(40)]
    pl.DataFrame(rows).write_parquet(folder / "data" / "people.votes.parquet")
    return folder


def test_a_judge_that_nobody_measured_is_refused_unless_it_is_taken_as_it_is(home: Path) -> None:
    refused = run(home, "judge", "score", "logs", "--model", "scorer")
    assert refused.returncode == 1
    assert "workbench judge agreement --votes NAME --model scorer" in refused.stderr
    made = document(home, "judge", "score", "logs", "--model", "scorer", "--unmeasured")
    assert (made["name"], made["judged"], made["failed"]) == ("logs-judged", 4, 0)
    assert float(made["about"]["judge_cost_usd"]) > 0
    assert outcomes.read(home / "data" / "logs-judged.parquet").frame["quality"].to_list() == [1.0] * 4


def test_a_judge_that_does_not_agree_with_people_is_not_used(home: Path) -> None:
    paired = document(home, "judge", "agreement", "--votes", "people", "--model", "tied", "--form", "pairs")
    assert (paired["pairs"], paired["kappa"]["value"], paired["inconsistent"]) == (40, 0.0, 0.0)
    assert "only its choices between two" in run(home, "judge", "score", "logs", "--model", "tied").stderr
    found = document(home, "judge", "agreement", "--votes", "people", "--model", "scorer")
    assert (found["form"], found["pairs"], found["kappa"]["value"], found["failed"]) == ("scores", 40, 0.0, 0)
    refused = run(home, "judge", "score", "logs", "--model", "scorer", "--unmeasured")
    assert refused.returncode == 1
    assert "does not reach 0.4; choose another judge" in refused.stderr


def test_answers_of_stored_runs_are_judged_once(home: Path) -> None:
    refused = run(home, "judge", "runs", "--model", "scorer", "--unmeasured")
    assert "no stored answer waits for scorer" in refused.stderr
    run(home, "ask", "Say it.", "--strategy", "fixed", "--param", "model=tied")
    assert "judge agreement" in run(home, "judge", "runs", "--model", "scorer").stderr
    made = document(home, "judge", "runs", "--model", "scorer", "--unmeasured", "--strategy", "fixed")
    assert (made["answers"], made["runs"], made["failed"]) == (1, 1, 0)
    assert made["judge_cost_usd"] > 0
    (kept,) = document(home, "query", "select judge, quality, measured from judgements")
    assert kept == {"judge": "scorer", "quality": 1.0, "measured": False}
    assert "no stored answer waits" in run(home, "judge", "runs", "--model", "scorer", "--unmeasured").stderr
