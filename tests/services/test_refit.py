"""The loop end to end, time moved by hand: votes and scores come in, the job refits weekly, a version is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.store.battles import ballot, comparison
from tests.store.rows import later
from workbench import outcomes
from workbench.errors import BadInput
from workbench.services.fit import Fits, FittedStrategies
from workbench.services.refit import Refits
from workbench.services.rewards import gathered
from workbench.store import Store, open_store
from workbench.store.rewards import worth
from workbench.strategy import Router
from workbench.types import Model, Prompt, user

NAME = "judge_weighted"
POOL = (Model("small", 0.1), Model("large", 1.0))


class Loop:
    """A store with votes, and the job over it at a time that tests set."""

    def __init__(self, home: Path, store: Store) -> None:
        self.store, self.at, self._votes = store, later(100), 0
        self.refits = Refits(FittedStrategies(Fits(home / "fits")), home, lambda: self.at)
        self.live = self.refits.strategies.build(NAME)
        assert isinstance(self.live, Router)

    def vote(self, choice: str, times: int) -> None:
        """A is small, B is large."""
        for _ in range(times):
            id = f"c{self._votes}"
            self._votes += 1
            rows = [*comparison(id), ballot(f"{id}-0", choice)]
            asyncio.run(self.store.append(rows))

    def by_hand(self, large: float) -> None:
        """Keep a fit of this weight, as `workbench fit` does."""
        strategy = self.refits.strategies.build(NAME)
        strategy.restore({"models": ["small", "large"], "overall": np.array([1 - large, large]), "categories": {}})
        self.refits.strategies.fits.save(NAME, strategy, {})

    def tick(self) -> dict[str, str]:
        return asyncio.run(self.refits.tick(self.store))

    def weight(self) -> float:
        """Of the large model, in a strategy that was built before anything was learned."""
        self.refits.strategies.fits.refresh(self.live)
        assert isinstance(self.live, Router)
        return float(self.live.decide(Prompt("p", (user("hello"),), POOL)).scores["large"])


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    with open_store(tmp_path) as store:
        yield Loop(tmp_path, store)


def test_a_vote_is_worth_one_to_who_won_a_half_for_a_tie_and_nothing_where_all_are_bad(loop: Loop) -> None:
    for choice in ("A", "tie", "both_bad"):
        loop.vote(choice, 1)
    rows = asyncio.run(worth(loop.store, later(-1)))
    assert [(r["model"], r["quality"]) for r in rows] == [
        ("large", 0.0), ("small", 1.0), ("large", 0.5), ("small", 0.5), ("large", 0.0), ("small", 0.0)
    ]  # fmt: skip
    assert asyncio.run(worth(loop.store, later(10))) == []


def test_with_nothing_to_learn_from_nothing_is_refit_and_it_is_tried_again(loop: Loop) -> None:
    assert "nothing to learn from yet" in loop.tick()[NAME]
    loop.vote("B", 5)
    assert "needs 30 scored answers" in loop.tick()[NAME]
    assert loop.refits.history(NAME) == []


def test_the_loop_refits_weekly_by_a_step_and_is_rolled_back(loop: Loop) -> None:
    loop.vote("A", 20)
    loop.vote("B", 20)
    assert loop.tick() == {NAME: "version 0"}
    assert loop.weight() == pytest.approx(0.5)

    loop.vote("B", 200)  # people turn to the large model
    loop.at += timedelta(days=6.9)
    assert loop.tick() == {}
    assert loop.weight() == pytest.approx(0.5)
    loop.at += timedelta(days=0.2)
    assert loop.tick() == {NAME: "version 1"}
    assert loop.weight() == pytest.approx(0.6)  # the cap on the step

    loop.at += timedelta(days=7)
    loop.tick()
    assert loop.weight() == pytest.approx(0.7)

    assert loop.refits.rollback(NAME)["version"] == 1
    assert loop.weight() == pytest.approx(0.6)
    assert loop.refits.rollback(NAME)["version"] == 0
    assert loop.weight() == pytest.approx(0.5)
    with pytest.raises(BadInput, match="no earlier version"):
        loop.refits.rollback(NAME)
    assert loop.tick() == {}  # taken back just now: not due for a week
    told = loop.refits.history(NAME)
    assert [(line["version"], line["how"], line["from"]) for line in told] == [
        (0, "refit", None), (1, "refit", 0), (2, "refit", 1), (1, "rollback", 2), (0, "rollback", 1)
    ]  # fmt: skip
    loop.at += timedelta(days=7)
    assert loop.tick() == {NAME: "version 3"}
    assert loop.weight() == pytest.approx(0.6)


def test_any_version_can_be_put_in_force_and_what_is_seen_must_be_what_is(loop: Loop) -> None:
    loop.vote("A", 20)
    loop.vote("B", 20)
    loop.tick()
    loop.vote("B", 200)
    for _ in range(2):
        loop.at += timedelta(days=7)
        loop.tick()
    assert loop.refits.rollback(NAME, to=0, seen=2)["from"] == 2
    assert loop.weight() == pytest.approx(0.5)
    with pytest.raises(BadInput, match="version 0 of judge_weighted came into force meanwhile"):
        loop.refits.rollback(NAME, to=1, seen=2)
    loop.refits.rollback(NAME, to=2, seen=0)
    assert loop.weight() == pytest.approx(0.7)
    for version in (2, 7):
        with pytest.raises(BadInput, match=f"cannot go back to version {version}; it can to 0, 1"):
            loop.refits.rollback(NAME, to=version)
    loop.refits.kept(NAME, 1).unlink()
    with pytest.raises(BadInput, match="version 1 of judge_weighted is gone"):
        loop.refits.rollback(NAME, to=1)
    assert loop.weight() == pytest.approx(0.7)


def test_judge_scores_of_a_data_set_count_beside_votes_and_unscored_answers_do_not(loop: Loop, tmp_path: Path) -> None:
    row = {"prompt": "Say it.", "response": "it", "cost_usd": 0.0}
    scores = {"small": 0.2, "large": 0.9}
    rows = [row | {"query_id": f"q{i}", "model": m, "quality": s} for i in range(40) for m, s in scores.items()]
    outcomes.write([*rows, row | {"query_id": "new", "model": "small", "quality": None}], tmp_path / "judged.parquet")
    judged = outcomes.read(tmp_path / "judged.parquet")
    loop.vote("A", 1)
    found, left = gathered(asyncio.run(worth(loop.store, later(-1))), [judged])
    assert (len(found), left) == (41, 0)
    assert asyncio.run(loop.refits.refit(NAME, loop.store, [judged]))["rows"] == 82
    assert loop.weight() > 0.9


def test_the_job_takes_data_sets_that_a_measured_judge_scored_and_no_others(loop: Loop, tmp_path: Path) -> None:
    row = {"prompt": "Say it.", "response": "it", "cost_usd": 0.0}
    scores = {"small": 0.2, "large": 0.9}
    rows = [row | {"query_id": f"q{i}", "model": m, "quality": s} for i in range(40) for m, s in scores.items()]
    outcomes.write(rows, tmp_path / "data" / "imported.parquet")
    outcomes.write(rows, tmp_path / "data" / "unmeasured.parquet", {"judge": "referee", "judge_agreement": "{}"})
    by_choices = {"judge": "referee", "judge_agreement": '{"form": "pairs"}'}
    outcomes.write(rows, tmp_path / "data" / "by-choices.parquet", by_choices)
    assert "nothing to learn from yet" in loop.tick()[NAME]
    outcomes.write(
        rows, tmp_path / "data" / "logs-judged.parquet", {"judge": "referee", "judge_agreement": '{"form": "scores"}'}
    )
    assert loop.tick() == {NAME: "version 0"}
    assert loop.refits.history(NAME)[-1]["rows"] == 80
    assert loop.weight() > 0.9


def test_a_fit_by_hand_is_the_version_to_go_back_to(loop: Loop, tmp_path: Path) -> None:
    loop.by_hand(0.1)
    loop.vote("B", 40)
    loop.tick()
    assert loop.weight() == pytest.approx(0.2)
    loop.refits.rollback(NAME)
    assert loop.weight() == pytest.approx(0.1)


def test_a_fit_by_hand_between_two_refits_is_a_version_too(loop: Loop) -> None:
    loop.vote("B", 40)
    for _ in range(2):
        loop.tick()
        loop.at += timedelta(days=7)
    loop.by_hand(0.3)
    loop.tick()
    assert [(line["version"], line["how"], line["from"]) for line in loop.refits.history(NAME)] == [
        (0, "refit", None), (1, "refit", 0), (2, "before", 1), (3, "refit", 2)
    ]  # fmt: skip
    loop.refits.rollback(NAME)
    assert loop.weight() == pytest.approx(0.3)
    loop.refits.rollback(NAME, to=3)
    assert loop.weight() == pytest.approx(0.4)


def test_going_back_loses_no_fit_by_hand_and_leaves_it_first(loop: Loop) -> None:
    loop.vote("B", 40)
    loop.tick()
    told = loop.weight()
    loop.by_hand(0.3)
    with pytest.raises(BadInput, match="version 1 of judge_weighted came into force meanwhile"):
        loop.refits.rollback(NAME, to=0, seen=0)
    assert loop.weight() == pytest.approx(0.3)
    assert loop.refits.rollback(NAME)["version"] == 0
    assert loop.weight() == pytest.approx(told)
    loop.refits.rollback(NAME, to=1)
    assert loop.weight() == pytest.approx(0.3)


def test_votes_older_than_three_months_no_longer_count(loop: Loop) -> None:
    loop.vote("B", 40)
    loop.at += timedelta(days=91)
    assert "nothing to learn from yet" in loop.tick()[NAME]


def test_a_strategy_that_no_job_refits_is_refused(loop: Loop) -> None:
    loop.vote("B", 40)
    with pytest.raises(BadInput, match="it refits judge_weighted"):
        loop.refits.due("bandit")
    with pytest.raises(BadInput, match="no job refits bandit"):
        asyncio.run(loop.refits.refit("bandit", loop.store))


def test_history_survives_a_line_cut_in_the_middle(loop: Loop) -> None:
    loop.vote("B", 40)
    loop.tick()
    path = loop.refits.folder / f"{NAME}.jsonl"
    with path.open("a") as file:
        file.write('\n{"version": 1, "at"')
    assert datetime.fromisoformat(loop.refits.history(NAME)[-1]["at"]) == loop.at
    loop.at += timedelta(days=7)
    loop.tick()
    assert [line["version"] for line in loop.refits.history(NAME)] == [0, 1]
