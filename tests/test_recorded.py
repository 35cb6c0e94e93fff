from __future__ import annotations

import numpy as np
import pytest

from tests.recordings import recorded


def test_taking_rows_takes_them_of_every_column() -> None:
    some = recorded([[0, 1], [1, 0], [0.5, 0.5]]).take(np.array([2, 0]))
    assert [p.id for p in some.prompts] == ["q0002", "q0000"]
    assert some.quality.tolist() == [[0.5, 0.5], [0, 1]]
    assert len(some.splits) == len(some.texts) == len(some) == 2


def test_a_mask_takes_rows_too() -> None:
    assert len(recorded([[0, 1], [1, 0]]).take(np.array([False, True]))) == 1


def test_choosing_models_narrows_every_prompts_pool() -> None:
    one = recorded([[0, 1], [1, 0]]).of(["big"])
    assert one.ids == ("big",)
    assert [m.id for m in one.prompts[0].models] == ["big"]
    assert one.quality.tolist() == [[1], [0]]
    assert one.tokens.shape == (2, 1, 2)


def test_a_model_that_is_not_recorded_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        recorded([[0, 1]]).of(["huge"])


def test_a_prompt_is_covered_when_every_model_has_a_quality() -> None:
    assert recorded([[0, 1], [np.nan, 1]]).covered.tolist() == [True, False]
