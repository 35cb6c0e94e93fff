from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.services.trial import reported
from tests.store.battles import ballot, comparison
from workbench.services.experiment_text import markdown, plain_text
from workbench.services.voted import document
from workbench.store import open_store

SPECS = [{"key": "a", "strategy": "fixed", "params": {}}, {"key": "b", "strategy": "cascade", "params": {}}]
EXPERIMENT = {"id": "e", "name": "mine", "kind": "compare", "created_at": "2026-11-20"}


def voted(wins: int, losses: int, ties: int = 0, voters: int = 1000) -> dict[str, Any]:
    """A comparison in which the second strategy won so often."""
    runs = [
        {"id": f"{side}{i}", "spec_key": side, "error": "", "cost_usd": 0.1, "latency_s": 1.0}
        for i in range(200)
        for side in "ab"
    ]
    votes = [
        {
            "choice": "B" if i < wins else "A",
            "voter": f"v{i % voters}",
            "winners": ["b0" if i < wins else "a0"],
            "losers": ["a0" if i < wins else "b0"],
        }
        for i in range(wins + losses)
    ]
    votes += [{"choice": "tie", "voter": "v", "winners": ["a0", "b0"], "losers": []}] * ties
    return document(EXPERIMENT, SPECS, votes, runs)


def test_a_preference_that_votes_show_is_said(tmp_path: Path) -> None:
    found = voted(90, 30, ties=10)
    (one,) = found["comparisons"]
    assert (one["wins"], one["losses"], one["undecided"]) == (90, 30, 10)
    assert one["shown"]
    assert one["win_rate"]["low"] > 0.5
    assert plain_text(found["sentence"]).startswith("cascade is preferred to fixed: cascade wins 75% [")


def test_the_loser_is_named_as_such() -> None:
    assert plain_text(voted(30, 90)["sentence"]).startswith("fixed is preferred to cascade: cascade wins 25% [")


def test_few_votes_and_few_voters_are_said_to_be_few() -> None:
    text = plain_text(voted(3, 2, voters=1)["sentence"])
    assert "cascade is not shown preferred to fixed: 60%" in text
    assert "All votes are of one voter" in text


def test_many_voters_count_once_each_however_often_they_vote() -> None:
    """Equal strategies, voters of strong tastes: over the votes alone two thirds of such experiments would claim something."""
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(60):
        taste = np.repeat(rng.uniform(0.1, 0.9, 25), 20)
        won = rng.random(len(taste)) < taste
        (one,) = document(EXPERIMENT, SPECS, *_cast(won, np.repeat(np.arange(25), 20).tolist()))["comparisons"]
        called += one["shown"]
    assert called <= 6  # more happens once in thirty times at 5 %
    assert one["observation"] == "voter"


def test_what_most_voters_prefer_is_shown_by_voters_means() -> None:
    rng = np.random.default_rng(1)
    found = document(EXPERIMENT, SPECS, *_cast(rng.random(600) < 0.9, [i % 60 for i in range(600)]))
    (one,) = found["comparisons"]
    assert one["shown"]
    assert one["win_rate"]["low"] > 0.5
    assert "decided votes, every voter counted once" in plain_text(found["sentence"])
    assert "betting on voters' means" in markdown(found)


def _cast(won: Any, voters: list[int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Votes between two answers, and these answers' runs."""
    runs = [{"id": side, "spec_key": side, "error": "", "cost_usd": 0.1, "latency_s": 1.0} for side in "ab"]
    sides = [("b", "a") if win else ("a", "b") for win in won]
    votes = [
        {"choice": winner, "voter": f"v{voter}", "winners": [winner], "losers": [loser]}
        for (winner, loser), voter in zip(sides, voters, strict=True)
    ]
    return votes, runs


def test_votes_of_a_stored_comparison_are_reported_and_sealed_ones_are_not(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for id, choice in (("c", "B"), ("d", "B"), ("f", "A"), ("g", "tie")):
            asyncio.run(store.append([*comparison(id), ballot(f"{id}-0", choice)]))
        asyncio.run(store.append(comparison("sealed")))
    first, second = reported(tmp_path, "e"), reported(tmp_path, "e")
    (one,) = first["comparisons"]
    assert (one["wins"], one["losses"], one["undecided"]) == (2, 1, 1)
    assert [side["runs"] for side in first["strategies"]] == [4, 4]
    assert json.dumps(first) == json.dumps(second)
    assert "| cascade | 2 | 1 | 1 |" in markdown(first)
