"""Votes of the store as a set: who won, and which battles are left out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.store.battles import SPECS, ballot, comparison
from tests.store.rows import later, prompt, run
from workbench.errors import BadInput
from workbench.services.agreement import pairs
from workbench.services.own_votes import find, own
from workbench.store import open_store
from workbench.store.comparisons import Battle, battle_rows, experiment_row
from workbench.store.runs import Origin, run_rows
from workbench.store.votes import Ballot, vote_row
from workbench.votes import HUMAN


def test_votes_cast_here_are_pairs_with_texts_and_peoples_winner(tmp_path: Path) -> None:
    cast = {"c0": "A", "c1": "B", "c2": "tie", "c3": "both_bad"}
    with open_store(tmp_path) as store:
        with pytest.raises(BadInput, match="vote on the Compare page"):
            asyncio.run(own(store))
        for id, choice in cast.items():
            rows = [*comparison(id, turns=(f"ask {id}", "and then?")), ballot(f"{id}-0", choice)]
            asyncio.run(store.append(rows))
        asyncio.run(store.append([ballot("c0-1", "B")]))  # a follow-up: its columns have histories of their own
        asyncio.run(store.append(comparison("sealed", turns=("unvoted",))))
        found = asyncio.run(own(store))
    assert found.frame["winner"].to_list() == ["model_a", "model_b", "tie", "both_bad"]
    assert found.frame["response_a"].to_list() == [f"ask {id} from A" for id in cast]
    assert {pair.prompt: pair.winner(HUMAN) for pair in pairs(found)} == {
        "ask c0": "model_b", "ask c1": "model_a", "ask c2": "tie", "ask c3": "tie"
    }  # fmt: skip  # a pair's models stand in the order of their names: large before small


def test_the_winner_of_three_beat_each_of_the_others(tmp_path: Path) -> None:
    asked = prompt("ask three", "chat")
    columns = tuple((letter, f"b-{letter}", f"key-{letter}") for letter in "ABC")
    with open_store(tmp_path) as store:
        rows = [experiment_row("e", "compare", ["k"], {}, later(0))]
        rows += battle_rows(Battle("b", "c", 0, "e", True, columns), asked, later(0))
        for letter in "ABC":
            made = run(f"from {letter}", f"model-{letter}", asked)
            rows += run_rows(f"b-{letter}", made, SPECS[0], asked, Origin("compare", "b", "e", letter), later(1))
        cast = Ballot("b", "c", "e", "vote", "B", ("b-B",), ("b-A", "b-C"), (), "", True)
        asyncio.run(store.append([*rows, vote_row("v", cast, later(9))]))
    found = find("own", tmp_path).frame.sort("model_a")
    told = list(zip(found["model_a"], found["model_b"], found["winner"], strict=True))
    assert told == [("model-A", "model-B", "model_b"), ("model-B", "model-C", "model_a")]
