"""What answers were worth: each kind by itself, answers to one prompt together, and the chance that a model was drawn with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.store.battles import ballot, comparison
from tests.store.rows import NOW, later, prompt, run
from workbench.errors import BadInput
from workbench.services.rewards import answers, gathered
from workbench.store import Row, Store, open_store
from workbench.store.judgements import Judgement, judgement_row
from workbench.store.observations import Observation, observation_row
from workbench.store.rewards import worth
from workbench.store.runs import Origin, run_rows
from workbench.types import Decision, Spec


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def seen(
    id: str, model: str, *, case: str, arm: int = 0, assigned: float = 1.0, drawn: float = 1.0, quality: float = 1.0
) -> list[Row]:
    """A graded answer of an experiment."""
    asked = prompt(f"Solve {case}", "maths")
    made = run(f"{model} on {case}", model, asked, decisions=[Decision(model, "so", {model: 1.0}, drawn)])
    rows = run_rows(id, made, Spec("bandit", {}, ()), asked, Origin("experiment", experiment_id="e"), NOW)
    return [*rows, observation_row(Observation(id, "e", 0, arm, case, case, assigned, quality, ""), NOW)]


def judged(run_id: str, quality: float) -> Row:
    return judgement_row(Judgement(run_id, "referee", "answers 1", "k", True, quality, {}, "", 0.0), NOW)


def found(store: Store, *rows: Sequence[Row]) -> list[dict[str, Any]]:
    asyncio.run(store.append([row for some in rows for row in some]))
    return asyncio.run(worth(store, later(-1)))


def test_a_model_that_was_drawn_has_its_chance_and_one_that_a_rule_chose_has_none(store: Store) -> None:
    rows = found(store, seen("r1", "small", case="a", drawn=0.25), seen("r2", "large", case="b"))
    assert [(r["model"], r["chance"], r["kind"]) for r in rows] == [
        ("small", 0.25, "grades of e"),
        ("large", None, "grades of e"),
    ]
    recorded, left = gathered(rows, [])
    assert (answers(recorded), left) == (1, 1)
    assert recorded.chance is not None
    assert np.nanmax(recorded.chance) == 0.25


def test_an_arm_that_always_asks_one_model_was_drawn_by_the_experiment(store: Store) -> None:
    fixed = [seen(f"f{i}", "small", case=f"f{i}", arm=0, assigned=0.5) for i in range(2)]
    ruled = [seen(f"r{i}", model, case=f"r{i}", arm=1, assigned=0.5) for i, model in enumerate(("small", "large"))]
    rows = found(store, *fixed, *ruled)
    assert [(r["query_id"], r["chance"]) for r in rows] == [
        ("run e f0", 0.5), ("run e f1", 0.5), ("run e r0", None), ("run e r1", None)
    ]  # fmt: skip


def test_answers_of_several_models_to_one_case_stand_together_and_need_no_chance(store: Store) -> None:
    rows = found(store, seen("r1", "small", case="a", arm=0, quality=0.0), seen("r2", "large", case="a", arm=1))
    recorded, left = gathered(rows, [])
    assert (recorded.quality.tolist(), left) == ([[1.0, 0.0]], 0)  # large, small


def test_votes_grades_and_judge_scores_are_kinds_of_their_own(store: Store) -> None:
    both = [judged("c-0-A", 0.8), judged("c-0-B", 0.9)]
    rows = found(store, comparison("c"), [ballot("c-0", "A"), *both], seen("r1", "small", case="a", drawn=0.5))
    recorded, left = gathered(rows, [])
    assert left == 0
    assert recorded.kinds is not None
    of = dict(zip(recorded.kinds.tolist(), recorded.quality.tolist(), strict=True))
    assert of["votes"] == [0.0, 1.0]  # large, small
    assert of["the judge referee"] == [0.9, 0.8]
    assert of["grades of e"] == pytest.approx([np.nan, 1.0], nan_ok=True)


def test_where_rules_chose_every_model_there_is_nothing_to_learn_and_the_answers_are_counted(store: Store) -> None:
    rows = found(store, seen("r1", "small", case="a"), seen("r2", "large", case="b"))
    with pytest.raises(
        BadInput, match=r"nothing to learn from yet: .*\(2 answers to prompts that one model answered, by rule"
    ):
        gathered(rows, [])
