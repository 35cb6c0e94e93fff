"""Votes of the store as a set: who won, and which battles are left out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.store.battles import ballot, comparison
from workbench.errors import BadInput
from workbench.services.agreement import HUMAN, pairs
from workbench.services.own_votes import own
from workbench.store import open_store


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
