from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recordings import recorded
from workbench.errors import BadInput
from workbench.services.folds import folds, judged


@given(st.integers(2, 60), st.integers(2, 10), st.integers(0, 5))
def test_every_prompt_is_judged_once_and_never_by_what_saw_it(n: int, k: int, seed: int) -> None:
    data = recorded(np.zeros((n, 2)))
    if k > n:
        return
    parts = folds(data, k, seed)
    assert len(parts) == k
    assert np.concatenate([test for _, test in parts]).size == n
    assert judged(parts).tolist() == list(range(n))
    assert all(not set(train) & set(test) and len(train) + len(test) == n for train, test in parts)


def test_folds_are_those_of_scikit_learn() -> None:
    """KFold(5, shuffle=True, random_state=0) over 11 rows, scikit-learn 1.9."""
    parts = folds(recorded(np.zeros((11, 2))), 5, 0)
    order = np.arange(11)
    np.random.RandomState(0).shuffle(order)
    assert sorted(order[:3].tolist()) == parts[0][1].tolist()
    assert [len(test) for _, test in parts] == [3, 2, 2, 2, 2]


def test_the_datas_own_split_is_one_fold() -> None:
    data = recorded(np.zeros((6, 2)))
    ((train, test),) = folds(data, 0)
    assert train.tolist() == [1, 3, 5]
    assert test.tolist() == [0, 2, 4]


def test_too_many_folds_are_refused() -> None:
    with pytest.raises(BadInput, match="5 folds of 3 prompts"):
        folds(recorded(np.zeros((3, 2))), 5)
    with pytest.raises(BadInput, match="cannot be made"):
        folds(recorded(np.zeros((3, 2))), 1)


def test_a_split_that_leaves_nothing_to_judge_is_refused() -> None:
    data = recorded(np.zeros((4, 2)), splits=np.array(["train"] * 4, dtype=object))
    with pytest.raises(BadInput, match="marks every prompt as train"):
        judged(folds(data, 0))
