"""Missing qualities filled in by a judge: what is asked, what is kept, and what going on asks again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_judge import FINE, judge
from workbench import outcomes
from workbench.errors import BadInput
from workbench.services.judge import Judge
from workbench.services.judging import about, filled, go_on, of_data, place
from workbench.services.record import Journal, Progress

ROWS: list[dict[str, Any]] = [
    {
        "query_id": f"q{i}",
        "prompt": f"Say {i}.",
        "model": m,
        "response": f"{i} of {m}",
        "quality": None,
        "cost_usd": 0.5,
    }
    for i in range(3)
    for m in ("a", "b")
]
ROWS[0] |= {"quality": 0.25}
ROWS[1] |= {"quality": 0.0, "response": None, "error": "server: down"}
ROWS[2] |= {"response": None}


@pytest.fixture
def data(tmp_path: Path) -> outcomes.Outcomes:
    outcomes.write(ROWS, tmp_path / "logs.parquet")
    return outcomes.read(tmp_path / "logs.parquet")


def run(data: outcomes.Outcomes, by: Judge, path: Path, **options: Any) -> tuple[Progress, list[dict[str, Any]]]:
    plan = of_data(data, by)
    with Journal(path, plan) as journal:
        return asyncio.run(go_on(plan, journal, **options)), list(journal.rows.values())


def test_only_answers_with_a_text_and_no_quality_are_judged(data: outcomes.Outcomes, tmp_path: Path) -> None:
    by, provider = judge(lambda call: FINE)
    _, lines = run(data, by, tmp_path / "j")
    assert [line["query_id"] for line in lines] == [place(row) for row in ROWS[3:]]
    assert len(provider.calls) == 3
    rows = filled(data, {line["query_id"]: line for line in lines})
    assert [row["quality"] for row in rows] == [0.25, 0.0, None] + 3 * [pytest.approx(0.9125)]
    assert all(row["cost_usd"] == 0.5 for row in rows)  # judging is paid apart


def test_what_it_cost_and_who_judged_by_which_rubric_stand_in_the_file(data: outcomes.Outcomes, tmp_path: Path) -> None:
    by, _ = judge(lambda call: FINE)
    _, lines = run(data, by, tmp_path / "j")
    said = about(of_data(data, by), lines, {"kappa": 0.5})
    assert (said["judge"], said["rubric"], said["rubric_version"], said["judged"]) == ("referee", "answers", "1", "3")
    assert float(said["judge_cost_usd"]) == pytest.approx(0.003)


def test_nothing_is_asked_twice_and_failures_only_when_told(data: outcomes.Outcomes, tmp_path: Path) -> None:
    by, first = judge(lambda call: "no" if "1 of b" in call.messages[1].text else FINE)
    progress, lines = run(data, by, tmp_path / "j")
    assert (progress.done, progress.failed, len(first.calls)) == (3, 1, 4)
    assert sum(line["calls"] for line in lines) == 4

    by, second = judge(lambda call: FINE)
    run(data, by, tmp_path / "j")
    assert second.calls == []
    progress, lines = run(data, by, tmp_path / "j", again=True)
    assert (progress.failed, len(second.calls)) == (0, 1)
    assert [line["quality"] for line in lines] == 3 * [pytest.approx(0.9125)]


def test_a_journal_of_another_judge_or_data_is_refused(data: outcomes.Outcomes, tmp_path: Path) -> None:
    by, _ = judge(lambda call: FINE)
    run(data, by, tmp_path / "j")
    outcomes.write([row | {"prompt": "Other."} for row in ROWS], tmp_path / "logs.parquet")
    with pytest.raises(BadInput, match="another data key"):
        run(outcomes.read(tmp_path / "logs.parquet"), by, tmp_path / "j")


def test_a_data_set_that_lacks_nothing_has_nothing_to_judge(data: outcomes.Outcomes, tmp_path: Path) -> None:
    outcomes.write([row | {"quality": 1.0} for row in ROWS], tmp_path / "full.parquet")
    with pytest.raises(BadInput, match="nothing to judge"):
        of_data(outcomes.read(tmp_path / "full.parquet"), judge(lambda call: FINE)[0])
