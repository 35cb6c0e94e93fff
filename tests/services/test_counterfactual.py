"""What-if answers from logged probabilities, where the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.services.comparisons import Setup
from workbench.services.counterfactual import answers

CHANCE = {"small": 0.3, "big": 0.8}


def row(n: int, arm: int, quality: float, **more: Any) -> dict[str, Any]:
    blank = {
        "unit": f"q{n}",
        "category": "x",
        "choices": 1,
        "routed": "small",
        "route_propensity": 1.0,
        "candidates": ["small", "big"],
        "propensity": 1.0,
    }
    return {"n": n, "arm": arm, "quality": quality} | blank | more


def logged(n: int, p: float = 0.25) -> list[dict[str, Any]]:
    """A strategy that draws big with probability p."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(n):
        model = "big" if rng.random() < p else "small"
        quality = float(rng.random() < CHANCE[model])
        rows.append(row(i, 0, quality, routed=model, route_propensity=p if model == "big" else 1 - p))
    return rows


def setup(assign: str = "prompt", labels: tuple[str, ...] = ("random", "other")) -> Setup:
    return Setup(labels, [0.5, 0.5], assign, False, 0.05, True)


def asked(found: list[dict[str, Any]], question: str) -> dict[str, Any]:
    return next(one for one in found if one["question"] == question)


def test_one_model_for_all_is_judged_from_the_draws_of_a_randomised_strategy() -> None:
    rows = [r | {"propensity": 0.5} for r in logged(3000)]
    found = answers(setup(), rows, [("small", "big"), ("small", "big")])
    for model, truth in CHANCE.items():
        one = asked(found, f"only {model} had answered")
        for name in ("ips", "snips", "doubly_robust"):
            assert one[name]["low"] <= truth <= one[name]["high"]
        assert one["effective"] > 150
        assert not one["warning"]
        assert not one["refusal"]


def test_strategies_drawn_by_share_answer_for_each_alone() -> None:
    rng = np.random.default_rng(0)
    rows = [row(i, int(rng.random() < 0.2), 0.0, propensity=0.0) for i in range(2000)]
    for one in rows:
        one["propensity"] = 0.2 if one["arm"] else 0.8
        one["quality"] = float(rng.random() < (0.7 if one["arm"] else 0.4))
    found = answers(setup(), rows, [("small",), ("small",)])
    assert asked(found, "only random had run")["snips"]["value"] == np.mean(
        [r["quality"] for r in rows if not r["arm"]]
    )
    assert (
        asked(found, "only other had run")["doubly_robust"]["low"]
        <= 0.7
        <= asked(found, "only other had run")["doubly_robust"]["high"]
    )


def test_where_a_model_was_no_candidate_for_some_prompts_there_is_no_answer_for_it() -> None:
    """As when another strategy narrowed the pool: weights of the other prompts cannot speak for these."""
    rows = logged(400) + [row(400 + i, 0, 1.0, candidates=["small"]) for i in range(40)]
    found = answers(setup(), rows, [("small", "big"), ("small",)])
    assert "no support" in asked(found, "only big had answered")["refusal"]


def test_a_choice_that_was_sure_offered_nothing_else() -> None:
    rows = logged(400) + [row(400 + i, 0, 1.0) for i in range(40)]
    found = answers(setup(), rows, [("small", "big"), ("small",)])
    assert "no support" in asked(found, "only big had answered")["refusal"]


def test_a_model_that_was_never_drawn_has_no_answer_and_says_why() -> None:
    found = answers(setup(), logged(400), [("small", "big", "huge"), ("small",)])
    one = asked(found, "only huge had answered")
    assert one["snips"] is None
    assert "no support" in one["refusal"]


def test_few_rounds_are_refused_and_more_are_warned_of() -> None:
    few = asked(answers(setup(), logged(60), [("small", "big")] * 2), "only big had answered")
    some = asked(answers(setup(), logged(300), [("small", "big")] * 2), "only big had answered")
    assert "effective sample size" in few["refusal"]
    assert few["ips"] is None
    assert "intervals are too narrow" in some["warning"]
    assert some["ips"] is not None


def test_a_router_whose_choices_are_known_is_judged_by_another_ones_draws() -> None:
    """It sends even prompts to big and odd ones to small: worth the mean of both."""
    rows = logged(3000)
    rows += [row(i, 1, 0.5, routed="small" if i % 2 else "big") for i in range(3000)]
    found = answers(setup("paired"), rows, [("small", "big"), ("small", "big")])
    one = asked(found, "only other had chosen the models")
    assert one["snips"]["low"] <= 0.55 <= one["snips"]["high"]


def test_paired_without_draws_there_is_nothing_to_ask() -> None:
    rows = [row(n, arm, 1.0) for n in range(20) for arm in (0, 1)]
    assert answers(setup("paired"), rows, [("small",), ("small",)]) == []


def test_users_are_rounds_where_users_were_drawn() -> None:
    rows = [row(n, n % 2, 1.0, unit=f"u{n % 20}", propensity=0.5) for n in range(200)]
    found = answers(setup("user"), rows, [("small",), ("small",)])
    assert found[0]["n"] == 20
