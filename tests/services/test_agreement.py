"""A judge held against people: whose votes count, what is measured, and who is not let in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.scripted_judge import FINE, MODEL, better, judge
from workbench import votes
from workbench.errors import BadInput
from workbench.metrics.agreement import cohen
from workbench.services.agreement import Standing, measured, of_journal, of_recorded, of_votes, pairs, told
from workbench.services.judging import PAIRS, SCORES, go_on
from workbench.services.record import Journal
from workbench.services.rubric import rubric
from workbench.types import Call
from workbench.votes import HUMAN

PANDALM = Path(__file__).parents[3] / "shared" / "datasets" / "votes_pandalm.parquet"
CALLED = ("model_a", "model_b", "tie")


def vote(i: int, winner: str, judge: str = HUMAN, turned: bool = False) -> dict[str, Any]:
    row = {"query_id": f"q{i}", "prompt": f"Ask {i}.", "winner": winner, "judge": judge}
    a, b = {"model_a": "x", "response_a": f"left {i}"}, {"model_b": "y", "response_b": f"right {i}"}
    if turned:
        a, b = {"model_a": "y", "response_a": f"right {i}"}, {"model_b": "x", "response_b": f"left {i}"}
    return row | a | b


def made(tmp_path: Path, rows: list[dict[str, Any]]) -> votes.Votes:
    pl.DataFrame(rows).write_parquet(tmp_path / "mine.votes.parquet")
    return votes.read(tmp_path / "mine.votes.parquet")


def test_peoples_winner_is_the_most_of_them_whichever_side_they_saw(tmp_path: Path) -> None:
    rows = [vote(0, "model_a"), vote(0, "model_b", turned=True), vote(0, "tie")]
    rows += [vote(1, "model_a"), vote(1, "model_a", turned=True), vote(2, "both_bad")]
    found = {pair.prompt: pair.winner(HUMAN) for pair in pairs(made(tmp_path, rows))}
    assert found == {"Ask 0.": "model_a", "Ask 1.": "tie", "Ask 2.": "tie"}


def agreed(folder: Path, found: votes.Votes, says: Callable[[Call], Any], form: str = SCORES) -> dict[str, Any]:
    """How far a scripted judge agrees."""
    plan, judged = of_votes(found, judge(says)[0], form=form)
    with Journal(folder / form, plan) as journal:
        asyncio.run(go_on(plan, journal))
        return of_journal(judged, list(journal.rows.values()), form)


def test_a_judges_rulings_are_held_against_people(tmp_path: Path) -> None:
    found = made(tmp_path, [vote(i, "model_a" if i % 4 else "model_b") for i in range(40)])
    made_of = agreed(tmp_path, found, better("left"), PAIRS)
    assert (made_of["pairs"], made_of["same"], made_of["failed"], made_of["inconsistent"]) == (40, 0.75, 0, 0)
    assert made_of["kappa"]["value"] == 0  # it always says the same


def test_the_answer_that_a_judge_scores_higher_is_the_winner_that_its_scores_imply(tmp_path: Path) -> None:
    found = made(tmp_path, [vote(i, CALLED[i % 3]) for i in range(60)])
    likes = {
        f"{side} {i}": side == "left" if i % 3 == 0 else side == "right"
        for i in range(60)
        for side in ("left", "right")
    }
    likes |= {f"{side} {i}": True for i in range(2, 60, 3) for side in ("left", "right")}
    made_of = agreed(tmp_path, found, lambda call: FINE if likes[_answer(call)] else POOR)
    assert (made_of["form"], made_of["pairs"], made_of["same"], made_of["failed"]) == (SCORES, 60, 1, 0)
    assert made_of["kappa"]["value"] == 1


def test_a_judge_that_chooses_well_and_scores_all_the_same_is_not_admitted(tmp_path: Path) -> None:
    found = made(tmp_path, [vote(i, "model_a" if i % 2 else "model_b") for i in range(60)])
    standing, by = Standing(tmp_path / "judges"), rubric("answers")
    best = {f"{'left' if i % 2 else 'right'} {i}" for i in range(60)}
    standing.keep(MODEL, by, agreed(tmp_path, found, lambda call: _chosen(call, best), PAIRS))
    assert standing.of(MODEL, by, PAIRS)
    with pytest.raises(
        BadInput, match=r"nobody has measured how far scores of referee .* only its choices between two: run"
    ):
        standing.admit(MODEL, by)
    standing.keep(MODEL, by, agreed(tmp_path, found, lambda call: FINE))
    with pytest.raises(BadInput, match="no judge to be used"):
        standing.admit(MODEL, by)


def test_pairs_on_which_a_judge_fails_count_against_it_and_are_told(tmp_path: Path) -> None:
    found = made(tmp_path, [vote(i, "model_a") if i % 2 else vote(i, "model_b") for i in range(60)])
    hard = {f"left {i}" for i in range(0, 60, 3)}

    def says(call: Call) -> Any:
        side, n = _answer(call).split()
        return "no JSON" if _answer(call) in hard else FINE if (side == "left") == (int(n) % 2 == 1) else POOR

    made_of = agreed(tmp_path, found, says)
    assert (made_of["pairs"], made_of["failed"]) == (60, 20)
    assert made_of["same"] == pytest.approx(2 / 3)
    assert made_of["kappa"]["value"] < 0.6
    assert "20 failed, which count against it" in told(made_of)
    with pytest.raises(BadInput, match="there are 0, 60 failed"):
        agreed(tmp_path / "none", found, lambda call: "no JSON")


POOR = {"reason": "poor", "accuracy": 1, "helpfulness": 1, "safety": 1}


def _answer(call: Call) -> str:
    """What is to be scored."""
    return next(line for line in call.messages[1].text.splitlines() if line.startswith(("left ", "right ")))


def _chosen(call: Call, best: Container[str]) -> dict[str, str]:
    first, second = (line for line in call.messages[1].text.splitlines() if line.startswith(("left ", "right ")))
    return {"reason": "so", "winner": "first" if first in best else "second" if second in best else "tie"}


def test_judges_that_stand_in_the_votes_are_measured_without_a_call(tmp_path: Path) -> None:
    rows = [vote(i, CALLED[i % 3], who) for i in range(30) for who in (HUMAN, "gpt")]
    assert of_recorded(made(tmp_path, rows), "gpt")["kappa"]["value"] == 1
    with pytest.raises(BadInput, match="its judges are: gpt"):
        of_recorded(made(tmp_path, rows), "nosuch")


def test_too_few_pairs_and_votes_without_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="takes 30 pairs"):
        measured(["tie"] * 29, ["tie"] * 29)
    with pytest.raises(BadInput, match="no human vote with the texts"):
        of_votes(made(tmp_path, [vote(0, "tie", "gpt")]), judge(better("x"))[0])


@pytest.mark.parametrize("says", ["tie", "model_a"])
def test_where_people_chose_the_same_of_every_pair_nothing_is_known_of_a_judge(says: str) -> None:
    with pytest.raises(
        BadInput, match=f"people chose {says} of each of the 40 pairs.* vote on pairs whose winners differ"
    ):
        measured([says] * 40, [says] * 40)


def test_a_damaged_standing_admits_nobody(tmp_path: Path) -> None:
    standing, rules = Standing(tmp_path), rubric("answers")
    standing.keep(MODEL, rules, measured(["tie", "model_a"] * 40, ["tie", "model_a"] * 40) | {"form": SCORES})
    assert standing.admit(MODEL, rules)["kappa"]["low"] == 1.0
    next(tmp_path.iterdir()).write_text('{"kappa": {"lo')
    with pytest.raises(BadInput, match="run `workbench judge agreement` anew"):
        standing.admit(MODEL, rules)


def test_a_judge_is_admitted_by_the_lower_end_of_its_interval(tmp_path: Path) -> None:
    standing, by = Standing(tmp_path), rubric("answers")
    with pytest.raises(BadInput, match="workbench judge agreement"):
        standing.admit(MODEL, by)
    assert standing.admit(MODEL, by, unmeasured=True) == {}
    people = [CALLED[i % 2] for i in range(60)]
    lucky = measured(people, people[:42] + ["model_a"] * 18)
    assert lucky["kappa"]["value"] > 0.6 > lucky["kappa"]["low"]
    standing.keep(MODEL, by, lucky | {"form": SCORES})
    assert standing.admit(MODEL, by, 0.4)["pairs"] == 60
    with pytest.raises(BadInput, match=r"no judge to be used: kappa with people is 0\.70"):
        standing.admit(MODEL, by, 0.6, unmeasured=True)


@pytest.mark.skipif(not PANDALM.exists(), reason="the shared data sets are not here")
def test_of_two_published_judges_one_is_close_enough_to_three_annotators() -> None:
    found = votes.read(PANDALM)
    gpt, small = (of_recorded(found, name) for name in ("gpt-3.5-turbo", "pandalm-7b"))
    assert (gpt["pairs"], small["pairs"]) == (936, 999)
    assert [round(gpt["kappa"][end], 2) for end in ("value", "low", "high")] == [0.52, 0.47, 0.57]
    assert [round(small["kappa"][end], 2) for end in ("value", "low", "high")] == [0.44, 0.39, 0.48]
    assert "lower end reaches 0.4" in told(gpt)
    assert "does not reach" in told(small)
    judged = [pair for pair in pairs(found) if "pandalm-7b" in pair.winners]
    sides = [[pair.winner(who) for pair in judged] for who in (HUMAN, "pandalm-7b")]
    assert cohen(*sides).value == small["kappa"]["value"]
