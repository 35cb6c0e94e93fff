from __future__ import annotations

import numpy as np
import pytest

from workbench.decisions import Decisions
from workbench.types import Decision


def some(told: list[int]) -> Decisions:
    def tell(i: int) -> Decision:
        told.append(i)
        return Decision("ab"[i % 2], f"prompt {i}")

    return Decisions(("a", "b"), np.array([0, 1, 0]), np.zeros((3, 2)), tell)


def test_it_reads_like_a_list() -> None:
    found = some([])
    assert len(found) == 3
    assert [d.model for d in found] == ["a", "b", "a"]
    assert found[-1].why == "prompt 2"
    assert [d.why for d in found[1:]] == ["prompt 1", "prompt 2"]
    assert found[::-1][0].why == "prompt 2"


def test_a_decision_is_put_into_words_only_when_it_is_asked_for() -> None:
    told: list[int] = []
    found = some(told)
    assert found.chosen.tolist() == [0, 1, 0]
    assert told == []
    assert found[1].model == "b"
    assert told == [1]


def test_about_no_prompt_it_is_empty() -> None:
    none = Decisions.none()
    assert (list(none), len(none), none.models) == ([], 0, ())
    with pytest.raises(IndexError):
        none[0]


def test_beyond_its_end_there_is_nothing() -> None:
    with pytest.raises(IndexError):
        some([])[3]
