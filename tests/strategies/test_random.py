from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.random import Random
from tests.pool import MODELS, prompt
from workbench.decisions import FLOOR
from workbench.errors import BadParameter, UnknownModel
from workbench.registry import Registry
from workbench.strategy import Strategy


def draws(strategy: Random, n: int = 4000) -> Counter[str]:
    return Counter(strategy.decide(prompt(id=str(i))).model for i in range(n))


def test_draws_as_often_as_its_logged_propensities_say() -> None:
    strategy = Random({"small": 6, "mid": 3, "big": 1})
    expected = strategy.decide(prompt()).scores
    for model, count in draws(strategy).items():
        assert count / 4000 == pytest.approx(expected[model], abs=0.03)


def test_the_same_prompt_is_drawn_the_same_and_another_seed_draws_another_sequence() -> None:
    ids = [str(i) for i in range(50)]
    first, again, other = ([Random(seed=s).decide(prompt(id=i)).model for i in ids] for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_no_drawn_model_is_rarer_than_the_floor() -> None:
    scores = Random({"small": 1000, "mid": 1}, floor=0.1).decide(prompt()).scores
    assert scores["mid"] == pytest.approx(0.1, abs=1e-3)
    assert scores["big"] == 0
    assert sum(scores.values()) == pytest.approx(1)


def test_a_floor_above_an_equal_share_means_equal_shares() -> None:
    assert set(Random({"small": 9, "mid": 1, "big": 1}, floor=1).decide(prompt()).scores.values()) == {1 / 3}


def test_a_model_without_weight_is_never_drawn() -> None:
    assert set(draws(Random({"small": 1, "mid": 0}), 500)) == {"small"}


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -1.0])
def test_a_weight_that_is_no_share_is_refused(weight: float) -> None:
    with pytest.raises(BadParameter, match="small must have a weight of 0 or more"):
        Random({"small": weight}).decide(prompt())


def test_all_weights_at_zero_are_refused() -> None:
    with pytest.raises(BadParameter, match="at least one"):
        Random({"small": 0}).decide(prompt())


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="there are small, mid, big"):
        Random({"huge": 1}).decide(prompt())


@given(
    st.dictionaries(st.sampled_from([m.id for m in MODELS]), st.floats(0, 1e308), min_size=1),
    st.floats(0, 1),
    st.text(max_size=20),
)
def test_whatever_the_weights_the_probabilities_add_up_to_one(weights: dict[str, float], floor: float, id: str) -> None:
    if not any(weights.values()):
        return
    decision = Random(weights, floor).decide(prompt(id=id))
    assert sum(decision.scores.values()) == pytest.approx(1)
    assert 0 < decision.propensity <= 1 + 1e-12
    assert decision.propensity == decision.scores[decision.model]


def test_a_floor_below_what_off_policy_answers_need_is_refused() -> None:
    with pytest.raises(BadParameter, match=r"floor"):
        Registry("strategies", Strategy).build("random", {"floor": FLOOR / 2})
