"""Stored answers scored by a judge: which wait, what is asked once, and who reads the scores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_judge import FINE, judge
from tests.store.battles import ballot, comparison
from tests.store.rows import NOW, later, prompt, run
from workbench.errors import BadInput
from workbench.services.judge import Judge
from workbench.services.judged_runs import of_runs, rows
from workbench.services.judging import go_on
from workbench.services.record import Journal
from workbench.store import Row, Store, open_store
from workbench.store.drifts import graded
from workbench.store.history import Filter
from workbench.store.rewards import worth
from workbench.store.runs import Origin, run_rows
from workbench.types import Spec

FINE_QUALITY = 0.9125


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def ran(
    id: str, text: str, strategy: str = "knn", source: str = "ask", at: datetime = NOW, **changes: Any
) -> list[Row]:
    asked = prompt("What is it?", "facts")
    made = run(text, asked=asked, **changes)
    return run_rows(id, made, Spec(strategy, {}, ()), asked, Origin(source), at)


def keep(store: Store, *made: Sequence[Row]) -> None:
    asyncio.run(store.append([row for rows in made for row in rows]))


def judged(store: Store, by: Judge, path: Path, *, measured: bool = True, at: datetime = NOW, **wanted: str) -> int:
    """How many runs were scored."""
    asked = asyncio.run(of_runs(store, by, Filter.parse(wanted), measured=measured))
    with Journal(path / f"{asked.journal}.jsonl", asked.judging) as journal:
        asyncio.run(go_on(asked.judging, journal))
        made = list(rows(asked, list(journal.rows.values()), at))
    asyncio.run(store.append(made))
    return len(made)


def test_the_same_answer_is_asked_once_and_counts_for_all_its_runs(store: Store, tmp_path: Path) -> None:
    keep(store, ran("a", "it"), ran("b", "it", "fixed"), ran("c", "that"))
    by, provider = judge(lambda call: FINE)
    assert judged(store, by, tmp_path) == 3
    assert len(provider.calls) == 2
    found = asyncio.run(
        store.read("select run_id, quality, cost_usd, rubric, measured from judgements order by run_id")
    )
    assert [row["quality"] for row in found] == [pytest.approx(FINE_QUALITY)] * 3
    assert [row["cost_usd"] > 0 for row in found] == [True, False, True]
    with pytest.raises(BadInput, match="no stored answer waits for referee"):
        asyncio.run(of_runs(store, by, Filter()))


def test_failures_experiments_and_sealed_battles_do_not_wait(store: Store, tmp_path: Path) -> None:
    keep(
        store,
        ran("failed", "half", answer=None, error="it broke"),
        ran("case", "graded", source="experiment"),
        comparison("sealed"),
        comparison("voted", turns=("other",)),
        [ballot("voted-0")],
    )
    by, _ = judge(lambda call: FINE)
    asked = asyncio.run(of_runs(store, by, Filter()))
    assert sorted(run for runs in asked.runs.values() for run in runs) == ["voted-0-A", "voted-0-B"]


def test_filters_and_the_limit_narrow_the_oldest_first(store: Store) -> None:
    keep(store, ran("new", "new", at=later(48)), ran("old", "old"), ran("other", "other", "fixed", at=later(1)))
    by, _ = judge(lambda call: FINE)

    def wait(limit: int | None = None, **wanted: str) -> list[str]:
        asked = asyncio.run(of_runs(store, by, Filter.parse(wanted), limit))
        return [run for runs in asked.runs.values() for run in runs]

    assert wait() == ["old", "other", "new"]
    assert wait(1) == ["old"]
    assert wait(strategy="fixed") == ["other"]
    assert wait(since="2026-11-22") == ["new"]


def test_quality_drift_and_weights_read_the_scores_of_judges_that_agree_with_people(
    store: Store, tmp_path: Path
) -> None:
    keep(store, ran("a", "it", at=later(1)), ran("b", "it", at=later(2)))
    by, provider = judge(lambda call: FINE)
    judged(store, by, tmp_path, measured=False)
    assert asyncio.run(graded(store)) == asyncio.run(worth(store, later(-1))) == []
    assert judged(store, by, tmp_path, measured=True) == 2  # meanwhile its agreement was measured
    assert len(provider.calls) == 1
    found = asyncio.run(graded(store))
    assert [(row["strategy"], row["category"], row["evidence"]) for row in found] == [
        ("knn", "facts", "the judge referee with answers 1")
    ] * 2
    assert [row["graded_at"][:13] for row in found] == ["2026-11-20T13", "2026-11-20T14"]  # when it was answered
    (reward,) = asyncio.run(worth(store, later(-1)))  # one answer, however many runs gave it
    assert (reward["model"], reward["category"]) == ("small", "facts")
    assert reward["quality"] == pytest.approx(FINE_QUALITY)
    assert asyncio.run(worth(store, later(1))) == []


def test_an_answer_that_no_judge_could_score_has_no_score_and_waits_on(store: Store, tmp_path: Path) -> None:
    keep(store, ran("a", "it"))
    by, _ = judge(lambda call: "no JSON")
    assert judged(store, by, tmp_path) == 0
    assert len(asyncio.run(of_runs(store, by, Filter())).runs) == 1
