"""Figures of one strategy, on outcomes whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.judging import cascade, judged, outcomes, router
from tests.recordings import recorded
from workbench.services.figures import Figures

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def found(*shares: float, wise: bool = True, **more: Any) -> dict[str, Any]:
    data = outcomes()
    return Figures(judged(router(data, shares or SHARES, wise=wise, **more), data=data), 0).as_json()


def inside(figure: Mapping[str, float]) -> bool:
    return figure["low"] <= figure["value"] <= figure["high"]


def test_every_figure_stands_inside_its_interval() -> None:
    figures = found(stayed=np.array([True] * 9 + [False]))
    names = (
        "aiq",
        "aiq_gain",
        "hypervolume",
        "apgr",
        "arena",
        "regret",
        "gap_closed",
        "above_zero_router",
        "robustness",
    )
    matched = ("saved_at_best_single", "gained_at_same_cost", "cost_at_99")
    optimal = ("optimal_selection", "optimal_cost", "optimal_accuracy")
    for name in (*names, *matched, *optimal):
        assert inside(figures[name]), name
    assert all(inside(figures["cpt"][target]) for target in ("50", "80", "95"))


def test_a_router_that_knows_the_answers_is_above_mixing_and_saves_money() -> None:
    figures = found()
    assert figures["aiq_gain"]["low"] > 0
    assert figures["above_zero_router"]["low"] > 0
    assert figures["saved_at_best_single"]["value"] > 0.4
    assert figures["gained_at_same_cost"]["value"] > 0
    assert figures["apgr"]["value"] > 0.8


def test_a_router_that_knows_nothing_is_not_shown_to_beat_mixing() -> None:
    figures = found(wise=False)
    assert figures["aiq_gain"]["low"] < 0 < figures["aiq_gain"]["high"] + 0.05
    assert figures["apgr"]["value"] == pytest.approx(0.5)
    assert figures["cpt"]["50"]["value"] == pytest.approx(0.5, abs=0.01)


def test_a_single_setting_has_no_curve_but_all_else() -> None:
    figures = found(0.5)
    assert figures["aiq"] is None
    assert figures["aiq_gain"] is None
    assert figures["hypervolume"]["value"] > 0
    assert figures["arena"]["at"] == 0


def test_what_is_never_reached_is_none() -> None:
    figures = found(0.0, 0.1, wise=False)
    assert figures["saved_at_best_single"] is None
    assert figures["cost_at_99"] is None
    assert figures["gained_at_same_cost"]["value"] < 0


def test_ratios_of_the_best_choice_worked_by_hand() -> None:
    """Always the big model: right on 2 of 3; on one of these the small one was right too, at a hundredth of the price."""
    data = recorded([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]] * 20)
    figures = Figures(judged(router(data, (1.0,)), data=data), 0).as_json()
    assert figures["optimal_selection"]["value"] == pytest.approx(0.5)
    assert figures["optimal_cost"]["value"] == pytest.approx((1e-7 + 1e-5) / 2e-5)
    assert figures["optimal_accuracy"]["value"] == pytest.approx(2 / 3)
    assert figures["regret"]["value"] == pytest.approx(1 / 3)
    assert figures["gap_closed"]["value"] == pytest.approx(0.0)


def test_choices_that_stay_are_counted_with_wilsons_interval() -> None:
    figure = found(stayed=np.array([True] * 9 + [False]))["robustness"]
    assert (figure["value"], figure["tried"]) == (0.9, 10)
    assert figure["low"] == pytest.approx(0.596, abs=1e-3)
    assert found()["robustness"] is None


def test_two_models_without_a_clear_gap_have_no_apgr_and_say_why() -> None:
    data = outcomes(skill=(0.5, 0.5))
    figures = Figures(judged(router(data, SHARES), data=data), 0).as_json()
    assert figures["apgr"] is None
    assert "three standard errors" in figures["note"]


def test_models_of_one_price_have_no_range_and_no_curve() -> None:
    data = recorded([[0.0, 1.0], [1.0, 0.0]] * 30, cost=np.full((60, 2), 1e-6))
    figures = Figures(judged(router(data, SHARES), data=data), 0).as_json()
    assert figures["aiq"] is None
    assert figures["saved_at_best_single"] is not None


def test_models_that_cost_nothing_divide_by_nothing() -> None:
    data = recorded([[0.0, 1.0], [1.0, 1.0]] * 30, cost=np.zeros((60, 2)))
    figures = Figures(judged(router(data, SHARES), data=data), 0).as_json()
    assert figures["saved_at_best_single"] is None
    assert figures["optimal_cost"] is None
    assert figures["hypervolume"] is None


def test_a_strategy_of_several_calls_is_held_to_what_it_spent() -> None:
    data = outcomes()
    figures = Figures(judged(cascade(data), data=data), 0).as_json()
    assert figures["apgr"] is None
    assert figures["optimal_cost"]["value"] < 1


def test_the_order_of_prompts_changes_no_plain_figure() -> None:
    data = outcomes()
    track, mixed = router(data, SHARES), np.random.default_rng(3).permutation(len(data))
    columns = ("choices", "quality", "cost", "latency", "calls", "failed")
    turned = replace(track, **{name: getattr(track, name)[:, mixed] for name in columns})
    assert track.predicted is not None
    turned = replace(turned, predicted=track.predicted[mixed])
    one, two = (Figures(judged(t, data=d), 0).as_json() for t, d in ((track, data), (turned, data.take(mixed))))
    for name in ("hypervolume", "apgr", "optimal_selection", "optimal_cost"):
        assert one[name]["value"] == pytest.approx(two[name]["value"])
    for name in ("aiq", "arena"):
        assert one[name]["plain"] == pytest.approx(two[name]["plain"])


def test_the_best_of_many_equal_settings_is_no_better_than_they_are() -> None:
    """Forty settings that are right half of the time by chance: the luckiest looks better, and is not."""
    data = recorded(np.ones((200, 2)))
    track = router(data, tuple(np.linspace(0, 1, 40)))
    plain, honest, lost = [], list[float](), list[float]()
    for seed in range(15):
        lucky = (np.random.default_rng(seed).random((40, 200)) < 0.5).astype(float)
        figures = Figures(judged(replace(track, quality=lucky), data=data), 0)
        plain.append(lucky.mean(axis=1).max())
        honest.append(figures.at_best()["best_quality"]["value"] or 0.0)
        lost.append(figures.regret()["value"] or 0.0)
    assert np.mean(plain) > 0.56
    assert np.mean(honest) == pytest.approx(0.5, abs=0.025)
    assert np.mean(lost) == pytest.approx(0.5, abs=0.025)


def test_a_single_setting_is_read_on_all_prompts() -> None:
    data = recorded([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]] * 21)
    figures = Figures(judged(router(data, (1.0,)), data=data), 0).at_best()
    assert figures["best_quality"]["value"] == pytest.approx(2 / 3)
