"""Who won against whom, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recordings import BIG, SMALL, recorded
from workbench.preferences import Preferences
from workbench.types import Prompt, user


def test_the_better_score_wins_and_equals_share() -> None:
    found = Preferences.of(recorded([[0, 1], [1, 1], [1, 0.5]]))
    assert found.wins.tolist() == [[[0, 0], [1, 0]], [[0, 0.5], [0.5, 0]], [[0, 1], [0, 0]]]
    assert found.ids == ("small", "big")


def test_votes_are_counted_by_prompt() -> None:
    prompts = [Prompt(str(i), (user("hi"),), (SMALL, BIG)) for i in range(2)]
    votes = [[("big", "small", ""), ("big", "small", ""), ("small", "big", "tie")], [("small", "big", "")]]
    found = Preferences.cast(prompts, votes)
    assert found.wins.tolist() == [[[0, 0.5], [2.5, 0]], [[0, 1], [0, 0]]]
    assert found.take(np.array([1])).wins.tolist() == [[[0, 1], [0, 0]]]


def test_a_vote_on_a_model_outside_the_pool_is_an_error() -> None:
    with pytest.raises(ValueError, match="other"):
        Preferences.cast([Prompt("q", (user("hi"),), (SMALL, BIG))], [[("other", "big", "")]])
