from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.weighted import Weighted
from tests.lately import lately
from tests.pool import model, prompt
from tests.recordings import recorded
from workbench import health
from workbench.errors import BadInput, BadParameter, UnknownModel
from workbench.health import Health, Standing
from workbench.types import Image, Message, Model, Prompt, Text

SMALL, MID, BIG = model("small", 0.1), model("mid", 1.0), model("big", 10.0)
POOL = (SMALL, MID, BIG)
RATINGS = {"small": 0.4, "mid": 0.7, "big": 0.8}
USD = {"small": 9.02e-05, "mid": 9.02e-04, "big": 9.02e-03}
"""Of 2 tokens in and 300 out."""


def slow(**seconds: float) -> Health:
    seen = Health()
    for m, s in seconds.items():
        seen.finished(m, s, None)
    return seen


def weighted(**params: Any) -> Weighted:
    return Weighted(**{"ratings": RATINGS, **params})


def test_a_hand_worked_example() -> None:
    with lately(slow(small=1.0, mid=2.0, big=5.0)):
        decision = weighted(quality=5, cost=3, latency=2).decide(prompt())
    # quality .4 .7 .8 -> 0, .75, 1; cost -> 1, (9.02 - .902) / (9.02 - .0902) = .9091, 0; latency -> 1, .75, 0
    assert decision.scores == pytest.approx({"small": 0.5, "mid": 0.375 + 0.3 * 0.90909 + 0.15, "big": 0.5}, abs=1e-4)
    assert decision.model == "mid"
    assert decision.why == "best of 3: 0.50 x quality 0.75 + 0.30 x cost 0.91 + 0.20 x latency 0.75"
    assert decision.features["seconds of big"] == 5.0
    assert decision.features["cost of mid"] == pytest.approx(USD["mid"])
    assert decision.features["weight of quality"] == 0.5


@pytest.mark.parametrize(
    ("params", "model"),
    [
        ({"quality": 1, "cost": 0, "latency": 0}, "big"),
        ({"quality": 0, "cost": 1, "latency": 0}, "small"),
        ({"quality": 0, "cost": 0, "latency": 1}, "mid"),
    ],
)
def test_one_weight_alone_takes_the_best_of_its_kind(params: dict[str, float], model: str) -> None:
    with lately(slow(small=3.0, mid=1.0, big=2.0)):
        assert weighted(**params).decide(prompt()).model == model


@given(st.tuples(*[st.floats(0, 1e6)] * 3).filter(lambda w: max(w) > 0))
def test_weights_add_up_to_one_whatever_their_size(given_: tuple[float, float, float]) -> None:
    quality, cost, latency = given_
    weights = weighted(quality=quality, cost=cost, latency=latency).weights()
    assert math.fsum(weights.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(0 <= w <= 1 for w in weights.values())


@given(st.floats(1e-3, 1e3))
def test_weights_scaled_alike_choose_alike(scale: float) -> None:
    one = weighted(quality=0.5, cost=0.3, latency=0.2).decide(prompt())
    other = weighted(quality=0.5 * scale, cost=0.3 * scale, latency=0.2 * scale).decide(prompt())
    assert other.model == one.model
    assert other.scores == pytest.approx(one.scores)


def test_no_weight_at_all_is_refused() -> None:
    with pytest.raises(BadParameter, match="at least one of quality, cost and latency"):
        weighted(quality=0, cost=0, latency=0).decide(prompt())


# Limits


@pytest.mark.parametrize(
    ("params", "kept", "said"),
    [
        ({"max_usd": 1e-3}, {"small", "mid"}, "big ($0.009020 is over max_usd 0.001)"),
        ({"max_latency_s": 2.5}, {"small", "mid"}, "big (5.00 s is over max_latency_s 2.5)"),
        ({"max_error_rate": 0.2}, {"small", "big"}, "mid (50% failed is over max_error_rate 0.2)"),
        ({"needs": "json"}, {"big"}, "small (no json), mid (no json)"),
        ({"answer_tokens": 9000}, {"big"}, "small (no context of 9,002 tokens (it has 8,192))"),
    ],
)
def test_a_limit_leaves_out_who_breaks_it_and_says_by_how_much(
    params: dict[str, Any], kept: set[str], said: str
) -> None:
    big = Model("big", 10.0, 30.0, context=100_000, capabilities=frozenset({"json"}))
    seen = slow(small=1.0, mid=2.0, big=5.0)
    seen.failed("mid")
    with lately(seen):
        decision = weighted(**params).decide(prompt(models=(SMALL, MID, big)))
    assert {m for m, score in decision.scores.items() if score >= 0} == kept
    assert {m for m, score in decision.scores.items() if score == -1} == {"small", "mid", "big"} - kept
    assert said in decision.why
    assert {f"left out {m}" for m in {"small", "mid", "big"} - kept} <= set(decision.features)


def test_an_image_needs_a_model_that_sees() -> None:
    seeing = Model("big", 10.0, 30.0, capabilities=frozenset({"vision"}))
    asked = Prompt(
        "p", (Message("user", (Text("What is it?"), Image("data:image/png;base64,"))),), (SMALL, MID, seeing)
    )
    assert weighted(cost=1e6).decide(asked).model == "big"


def test_limits_that_contradict_each_other_say_which_one_leaves_out_whom() -> None:
    with lately(slow(small=3.0, mid=2.0, big=1.0)), pytest.raises(BadInput) as caught:
        weighted(max_usd=1e-4, max_latency_s=1.5).decide(prompt())
    assert str(caught.value) == (
        "weighted: no model of this pool keeps all limits (small: 3.00 s is over max_latency_s 1.5; mid: $0.000902 is over "
        "max_usd 0.0001, 2.00 s is over max_latency_s 1.5; big: $0.009020 is over max_usd 0.0001); loosen one of them or add "
        "a model that keeps them"
    )


def test_a_capability_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadParameter, match="no capability 'telepathy'; there are vision"):
        weighted(needs="telepathy").decide(prompt())


def test_a_latency_that_is_not_known_keeps_the_limit_and_says_so() -> None:
    with lately(slow(small=3.0)):
        decision = weighted(max_latency_s=1.0).decide(prompt())
    assert decision.scores["small"] == -1
    assert decision.features["seconds of mid"] == "unknown"
    assert "latency 0.50" in decision.why


def test_an_open_breaker_leaves_a_model_out_unless_nobody_else_is_left() -> None:
    seen = Health()
    seen.watch("big", lambda: Standing("open", 9.0, "5 calls failed in a row"))
    best = {"quality": 1, "cost": 0, "latency": 0}
    with lately(seen):
        decision = weighted(**best).decide(prompt())
        alone = weighted(**best, ratings={"big": 1}).decide(prompt(models=(BIG,)))
    assert decision.model == "mid"
    assert "left out big (its breaker is open, 5 calls failed in a row)" in decision.why
    assert alone.model == "big"
    assert "its breaker is open, like those of all others left" in alone.why


def test_quality_counts_the_calls_that_fail_of_late() -> None:
    seen = Health()
    for _ in range(3):
        seen.failed("big")
    seen.finished("big", 1.0, None)
    with lately(seen):
        decision = weighted(quality=1, cost=0, latency=0).decide(prompt())
    assert decision.features["quality of big"] == pytest.approx(0.2)
    assert decision.model == "mid"


# What it learns


def test_it_learns_mean_quality_and_latency_of_what_is_recorded() -> None:
    strategy = Weighted()
    nan = float("nan")
    strategy.fit(recorded(np.array([[0.0, 1.0, nan], [1.0, 1.0, nan]]), models=POOL))
    assert strategy.decide(prompt(models=(SMALL, MID))).features["quality of small"] == 0.5
    again = Weighted()
    again.restore(strategy.state())
    assert again.decide(prompt(models=(SMALL, MID))) == strategy.decide(prompt(models=(SMALL, MID)))
    with pytest.raises(BadInput, match="knows no quality of big: run `workbench fit weighted"):
        strategy.decide(prompt())
    assert Weighted(quality=0).decide(prompt()).model == "small"


def test_before_it_has_learned_it_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="knows no quality of small, mid, big: run `workbench fit weighted --data NAME`"):
        Weighted().decide(prompt())


def test_data_without_a_score_teaches_nothing() -> None:
    with pytest.raises(BadInput, match="holds no scored outcome"):
        Weighted().fit(recorded(np.full((3, 3), np.nan), models=POOL))


def test_a_rating_of_a_model_outside_the_pool_is_a_mistake() -> None:
    with pytest.raises(UnknownModel, match=r"weighted\.ratings: no model 'huge'"):
        weighted(ratings={"huge": 1.0}).decide(prompt())


def test_live_latencies_replace_recorded_ones_and_a_replay_sees_none() -> None:
    strategy = Weighted()
    strategy.fit(recorded([[1.0, 1.0, 0.0]] * 2, models=POOL))
    with lately(slow(small=42.0)):
        assert strategy.decide(prompt()).features["seconds of small"] == 42.0
        with health.unknown():
            assert strategy.decide(prompt()).features["seconds of small"] == 0.5
