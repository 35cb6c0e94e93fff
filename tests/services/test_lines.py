from __future__ import annotations

import numpy as np
import pytest

from tests.judging import judged, outcomes, router
from tests.recordings import recorded
from workbench.services.lines import STEPS, dense, lines


def test_all_reference_lines_are_there_with_intervals() -> None:
    data = outcomes()
    found = lines(judged(router(data, (0.0, 1.0)), data=data))
    names = [line["name"] for line in found]
    assert names == [
        *("cheapest", "best single", "round-robin", "random"),
        *("zero router", "per-category oracle", "oracle", "oracle"),
    ]
    for line in found:
        if line["kind"] == "point":
            assert line["low"][0] <= line["quality"][0] <= line["high"][0]
            assert line["cost_low"][0] <= line["cost"][0] * (1 + 1e-9) <= line["cost_high"][0] * (1 + 2e-9)
            assert line["arena"]["low"] <= line["score"] <= line["arena"]["high"]


def test_the_zero_router_goes_from_the_cheapest_to_the_best_single_model() -> None:
    data = outcomes()
    zero = next(line for line in lines(judged(router(data, (0.0, 1.0)), data=data)) if line["name"] == "zero router")
    cost, quality = 1000 * data.cost.mean(axis=0), data.quality.mean(axis=0)
    assert (zero["cost"][0], zero["cost"][-1]) == pytest.approx(tuple(cost))
    assert (zero["quality"][0], zero["quality"][-1]) == pytest.approx(tuple(quality))
    halfway = np.interp(cost.mean(), zero["cost"], zero["quality"])
    assert halfway == pytest.approx(quality.mean(), abs=1e-3)
    assert zero["aiq"] == pytest.approx(quality.mean())


def test_a_line_has_points_enough_to_bend_on_a_log_axis() -> None:
    found = dense(np.array([1.0, 10.0]), 100.0)
    assert found[0] == 1.0
    assert found[-1] == 100.0
    assert 10.0 in found
    assert len(found) >= STEPS


def test_models_that_cost_nothing_or_the_same_have_lines_too() -> None:
    data = recorded([[0.0, 1.0], [1.0, 0.0]] * 10, cost=np.zeros((20, 2)))
    found = lines(judged(router(data, (0.0,)), data=data))
    assert [line["aiq"] for line in found if line["kind"] == "curve"] == [None, None]
    assert all(np.isfinite(line["cost"]).all() for line in found)
