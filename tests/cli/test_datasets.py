"""`workbench import` and `data` as users run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import document, run
from tests.importers.reading import SAMPLES


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def bring(home: Path, format: str, file: str, *more: str) -> None:
    done = run(home, "import", format, str(SAMPLES / file), *more)
    assert done.returncode == 0, done.stderr


def test_help_lists_the_formats(home: Path) -> None:
    done = run(home, "import", "--help")
    assert done.returncode == 0
    listed = "arena, litellm_logs, long, mtbench, mtbench_pairs, openai_logs, routellm, routerbench, votes"
    assert f"formats: {listed}" in done.stdout


def test_an_import_tells_what_was_kept_and_what_was_not(home: Path) -> None:
    done = run(home, "import", "long", str(SAMPLES / "long.csv"))
    assert "long: 5 outcomes kept of 10 read from 10 rows" in done.stdout
    assert "  skipped 1: quality is no number from 0 to 1 (line 6, small)" in done.stdout
    assert "  changed 1: latency_ms is no number and was left empty (line 8, big)" in done.stdout
    found = document(home, "import", "votes", str(SAMPLES / "votes.jsonl"), "--name", "mine")
    assert (found["name"], found["kind"], found["rows"], found["kept"], found["skipped"]) == ("mine", "votes", 10, 4, 6)


def test_a_name_that_is_taken_needs_replace(home: Path) -> None:
    bring(home, "long", "long.csv")
    done = run(home, "import", "long", str(SAMPLES / "long.csv"))
    assert done.returncode == 1
    assert "already: choose another --name, or --replace it" in done.stderr
    bring(home, "long", "long.csv", "--replace")


def test_data_lists_outcomes_and_votes(home: Path) -> None:
    bring(home, "routerbench", "routerbench.csv")
    bring(home, "arena", "arena.jsonl")
    (home / "data" / "broken.votes.parquet").write_bytes(b"nothing")
    found = {(row["kind"], row["name"]): row for row in document(home, "data")}
    own = found["outcomes", "routerbench"]
    assert (own["prompts"], own["models"], own["categories"], own["outcomes"]) == (7, 2, 3, 12)
    assert found["votes", "arena"]["votes"] == 5
    assert "cannot be read" in found["votes", "broken"]["problem"]
    shown = run(home, "data").stdout
    assert "routerbench" in shown
    assert "arena" in shown


def test_data_of_a_name_shows_each_model_and_category(home: Path) -> None:
    bring(home, "routerbench", "routerbench.csv", "--name", "both")
    bring(home, "votes", "votes.jsonl", "--name", "both")
    cells = document(home, "data", "both")
    arc = next(c for c in cells if c["kind"] == "outcomes" and (c["model"], c["category"]) == ("big", "arc"))
    assert (arc["outcomes"], arc["scored"], arc["failed"], arc["quality"]) == (3, 3, 0, pytest.approx(2 / 3))
    y = next(c for c in cells if c["kind"] == "votes" and c["model"] == "y" and c["category"] is None)
    assert (y["votes"], y["ties"], y["both_bad"]) == (3, 2, 1)


def test_data_tells_contaminated_prompts(home: Path, tmp_path: Path) -> None:
    rows = [
        {"query_id": f"q{i}", "prompt": text, "model": "m", "quality": 1, "cost_usd": 0, "split": split}
        for i, (text, split) in enumerate(
            [("Name a river in Spain.", "train"), ("Name a river in  Spain.", "test"), ("Solve x + 1 = 3.", "test")]
        )
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(home, "import", "long", str(file)).returncode == 0
    found = document(home, "data", "mine", "--contamination", WORKBENCH_CACHE=str(tmp_path / "cache"))
    assert (found["judged"], found["contaminated"], found["equal"]) == (2, 1, 1)
    told = run(home, "data", "mine", "--contamination", WORKBENCH_CACHE=str(tmp_path / "cache"))
    assert "1 of 2 judged prompts (its own split) are contaminated" in told.stdout
    assert run(home, "data", "--contamination").returncode == 1


def test_a_strategy_is_fitted_from_votes_and_listed_with_them(home: Path, tmp_path: Path) -> None:
    rows = [
        {
            "query_id": f"q{i}",
            "prompt": f"ask {i}",
            "model_a": "Big One",
            "model_b": "gpt-4.1-nano",
            "winner": "model_a",
        }
        for i in range(6)
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(home, "import", "votes", str(file)).returncode == 0
    unnamed = run(home, "fit", "rating", "--votes", "mine", WORKBENCH_CACHE=str(tmp_path / "cache"))
    assert unnamed.returncode == 1
    assert "--rename VOTED=ID" in unnamed.stderr
    found = document(home, "fit", "rating", "--votes", "mine", "--rename", "Big One=gpt-5.4")
    assert (found["votes"], found["data"], found["prompts"]) == ("mine", None, 6)
    (listed,) = document(home, "strategies", "rating")
    assert listed["fitted"]["models"] == ["gpt-4.1-nano", "gpt-5.4"]
    assert "fitted on mine, 6 prompts" in run(home, "strategies", "rating").stdout
    assert run(home, "fit", "rating").returncode == 2
    assert "give it with --votes" in run(home, "fit", "rating", "--data", "reasoning", "--rename", "a=b").stderr
