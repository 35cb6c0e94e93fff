"""What an experiment is: who answers what, in which order, and what is refused before anything is asked."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.recordings import recorded
from tests.services.trial import POOL, TWO, plan, suite
from workbench.errors import BadInput, BadParameter, UnknownPlugin
from workbench.services.experiment import Asked, draw, prepare
from workbench.services.fit import Fits, FittedStrategies
from workbench.suite import Suite


def test_paired_every_strategy_answers_each_case() -> None:
    made = plan()
    assert [made.assigned(place) for place in made.places()] == [[0, 1]] * 6


def test_assigned_strategies_come_as_often_as_their_shares_say() -> None:
    made = plan(asked=suite(3000), assign="prompt", shares=(0.8, 0.2))
    counts = Counter(made.assigned(place)[0] for place in made.places())
    assert counts[0] / 3000 == pytest.approx(0.8, abs=0.03)
    assert counts[0] + counts[1] == 3000


def test_a_user_keeps_one_strategy_and_his_cases_stand_together() -> None:
    made = plan(asked=suite(60, users=12), assign="user")
    places = made.places()
    assert {len({tuple(made.assigned(p)) for p in places if p.unit == u}) for u in {p.unit for p in places}} == {1}
    order = [p.unit for p in places]
    assert len([1 for a, b in pairwise(order) if a != b]) == 11
    assert made.unit(places[0]).startswith("u")


def test_order_and_assignment_follow_the_seed_alone() -> None:
    first, again, other = (plan(asked=suite(200), assign="prompt", seed=s) for s in (1, 1, 2))
    ids = [[p.case.prompt.id for p in one.places()] for one in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    arms = [[one.assigned(p) for p in one.places()] for one in (first, again, other)]
    assert arms[0] == arms[1] != arms[2]


def test_order_and_assignment_do_not_hang_together() -> None:
    """The first half of the order is no likelier to get the first strategy than the second half."""
    made = plan(asked=suite(2000), assign="prompt")
    arms = [made.assigned(p)[0] for p in made.places()]
    assert sum(arms[:1000]) == pytest.approx(500, abs=65)
    assert draw(0, "order", "q1") != draw(0, "assign", "q1")


def test_a_strategy_against_itself_has_two_names() -> None:
    assert [arm.label for arm in plan([TWO[0], TWO[0]]).arms] == ["fixed (model=small)", "fixed (model=small) #2"]


def test_a_suite_knows_whether_its_cases_hang_together() -> None:
    assert plan(asked=suite(6, users=3)).clustered
    assert not plan(asked=suite(6, users=6)).clustered
    assert not plan(asked=suite(6)).clustered


REFUSED: dict[str, dict[str, Any]] = {
    "does not say who asked": {"assign": "user"},
    "at least 0.01": {"assign": "prompt", "shares": (0.995, 0.005)},
    "sum to 1": {"assign": "prompt", "shares": (0.5, 0.6)},
    "there are none": {"shares": (0.5, 0.5)},
    "no stop rule watches": {"guards": {"mood": 1.0}},
    "must be above 0": {"guards": {"cost": 0.0}},
    "below 1": {"guards": {"errors": 1.0}},
    "needs a name": {"name": " "},
}


def test_what_cannot_be_an_experiment_is_refused_before_it_costs() -> None:
    with pytest.raises(BadInput, match="from 2 to 8"):
        plan([TWO[0]])
    for said, options in REFUSED.items():
        with pytest.raises(BadInput, match=said):
            plan(**options)
    with pytest.raises(UnknownPlugin):
        plan([TWO[0], ("nosuch", {})])
    with pytest.raises(BadParameter):
        plan([TWO[0], ("fixed", {"nosuch": 1})])


def test_settings_hold_all_that_must_stay_as_it_was() -> None:
    one = plan(assign="prompt", guards={"errors": 0.1}).settings()
    assert one["suite_key"] == suite().key
    assert one["shares"] == [0.5, 0.5]
    assert one["guards"] == {"errors": 0.1}
    assert one["cases"] == 6
    assert plan(asked=suite(7)).settings()["suite_key"] != one["suite_key"]
    assert plan().row()["specs"] == [arm.spec.key for arm in plan().arms]
    assert plan().arms[0].spec.pool == tuple(m.id for m in POOL)


def learned(folder: Path, quality: float) -> FittedStrategies:
    known = FittedStrategies(Fits(folder))
    learner = known.build("knn")
    learner.fit(recorded([[quality, 0.5]] * 4, models=POOL[:2]))
    known.fits.save("knn", learner, {})
    return known


def test_what_learned_is_not_asked_what_it_may_have_learned_from(tmp_path: Path) -> None:
    lines = suite(6).lines
    asked = Suite("mine", tuple(dict(line, split="train" if n % 2 else "test") for n, line in enumerate(lines)))
    arms = Asked("first", [("knn", {}), TWO[0]])
    made = prepare(learned(tmp_path, 1.0), arms, asked, POOL[:2])
    assert sorted(p.case.prompt.id for p in made.places()) == ["q000", "q002", "q004"]
    assert len(plan(asked=asked).places()) == 6  # nothing learned: nothing to hide
    with pytest.raises(BadInput, match="every case taken of mine is marked train"):
        prepare(learned(tmp_path, 1.0), arms, Suite("mine", asked.lines[1:2]), POOL[:2])


def test_a_fit_made_anew_is_another_experiment(tmp_path: Path) -> None:
    arms = Asked("first", [("knn", {}), TWO[0]])
    one, other = (prepare(learned(tmp_path, q), arms, suite(), POOL[:2]).settings()["learned"] for q in (0.0, 1.0))
    assert one[0] not in ("", other[0])
    assert one[1] == other[1] == ""
