from __future__ import annotations

import pytest

from strategies.fixed import Fixed
from tests.pool import prompt
from workbench.errors import UnknownModel


def test_answers_with_the_model_that_was_set() -> None:
    decision = Fixed("mid").decide(prompt())
    assert decision.model == "mid"
    assert decision.scores == {"small": 0.0, "mid": 1.0, "big": 0.0}


def test_unset_it_takes_the_first_of_the_pool() -> None:
    assert Fixed().decide(prompt()).model == "small"


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"fixed\.model: no model 'huge' in this pool; there are small, mid, big"):
        Fixed("huge").decide(prompt())
