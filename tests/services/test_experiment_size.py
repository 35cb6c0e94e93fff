"""Planned sizes against what simulated experiments of that size see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.services.test_comparisons import drawn, paired, setup
from tests.services.test_gate import BASE, OTHER, data, settings
from workbench.errors import BadInput
from workbench.services.benchmark import Request
from workbench.services.comparisons import compared
from workbench.services.experiment_size import piloted, sized, stated, told


def test_a_pilot_says_how_answers_vary_and_what_they_cost(tmp_path: Path) -> None:
    small, big = np.array([1, 1, 0, 0] * 5), np.array([1, 0, 1, 0] * 5)
    pilot = piloted(Request(data(tmp_path, small, big), [BASE, OTHER], folds=0), settings(tmp_path))
    assert pilot.sd_difference == pytest.approx(np.std(big - small, ddof=1))
    assert pilot.costs == pytest.approx([1e-6, 1e-5])
    assert "20 prompts" in pilot.source


def test_a_planned_paired_experiment_sees_its_difference_as_often_as_planned() -> None:
    size = sized(stated(0.7, (0.001, 0.002)), 0.2, 0.8, "paired")
    seen = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        seen += compared(setup(), paired(np.stack([rng.random(size["prompts"]) < p for p in (0.4, 0.6)], axis=1)))[0][
            "shown"
        ]
    assert seen / 25 >= 0.65
    assert size["usd"] == pytest.approx(size["prompts"] * 0.003)
    assert size["prompts_fixed"] < size["prompts"]


def test_a_planned_drawn_experiment_sees_its_difference_as_often_as_planned() -> None:
    size = sized(stated(0.7, (0.001, 0.003)), 0.25, 0.8, "prompt")
    seen = sum(
        compared(setup(assign="prompt"), drawn(np.random.default_rng(s), (0.4, 0.65), size["prompts"], (0.5, 0.5)))[0][
            "shown"
        ]
        for s in range(25)
    )
    assert seen / 25 >= 0.65
    assert size["usd_a_prompt"] == pytest.approx(0.002)


def test_smaller_differences_more_strategies_and_uneven_shares_take_more() -> None:
    pilot = stated(0.5, (0.0, 0.0))
    plain = sized(pilot, 0.1, 0.8, "paired")["prompts"]
    assert sized(pilot, 0.05, 0.8, "paired")["prompts"] > 3 * plain
    assert sized(stated(0.5, (0.0,) * 4), 0.1, 0.8, "paired")["prompts"] > plain
    even, uneven = (sized(pilot, 0.1, 0.8, "prompt", shares)["prompts"] for shares in ((0.5, 0.5), (0.9, 0.1)))
    assert uneven > even > plain


def test_what_cannot_be_planned_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="smallest difference"):
        sized(stated(0.5, ()), 0.0, 0.8, "paired")
    with pytest.raises(BadInput, match="power"):
        sized(stated(0.5, ()), 0.1, 0.99, "paired")
    with pytest.raises(BadInput, match="deviation"):
        stated(0.0, ())
    for shares in ((0.5,), (1.0, 0.0), (0.6, 0.6), (1.5, -0.5), (0.2, 0.3, 0.5)):
        with pytest.raises(BadInput, match="shares must be 2 numbers"):
            sized(stated(0.5, (0.0, 0.0)), 0.1, 0.8, "prompt", shares)
    alike = Request(data(tmp_path, np.ones(9), np.ones(9)), [BASE, OTHER], folds=0)
    with pytest.raises(BadInput, match="equally well on every prompt"):
        piloted(alike, settings(tmp_path))
    with pytest.raises(BadInput, match="two strategies"):
        piloted(Request(alike.data, [BASE], folds=0), settings(tmp_path))


def test_the_plan_is_said_in_a_sentence() -> None:
    text = told(sized(stated(0.5, (0.01, 0.02)), 0.05, 0.8, "user"))
    assert "5 points" in text
    assert "drawn by user" in text
    assert "$" in text
