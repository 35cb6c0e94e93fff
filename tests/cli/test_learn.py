"""`workbench learn` as users run it: refit from a scored data set, look, take back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import document, run
from workbench import outcomes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    row = {"prompt": "Say it.", "response": "it", "cost_usd": 0.0}
    scores = {"quick": 0.2, "slow": 0.9}
    rows = [row | {"query_id": f"q{i}", "model": m, "quality": s} for i in range(40) for m, s in scores.items()]
    outcomes.write(rows, folder / "data" / "judged.parquet")
    return folder


def test_weights_are_refit_now_listed_and_taken_back(home: Path) -> None:
    assert "nothing to learn from yet" in run(home, "learn", "weights").stderr
    assert document(home, "learn", "weights", "--data", "judged")["last"]["rows"] == 80
    assert document(home, "learn", "weights", "--data", "judged")["refit"] is False
    assert document(home, "learn", "weights", "--now", "--data", "judged")["last"]["version"] == 1
    assert document(home, "learn", "rollback")["version"] == 0
    assert [(line["version"], line["how"]) for line in document(home, "learn", "history")] == [
        (0, "refit"), (1, "refit"), (0, "rollback")
    ]  # fmt: skip
    assert "no earlier version" in run(home, "learn", "rollback").stderr
    assert document(home, "learn", "rollback", "--to", "1")["from"] == 0
    assert "it can to 0" in run(home, "learn", "rollback", "--to", "9").stderr
