from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics import frontier, reference
from workbench.metrics.hull import at
from workbench.outcomes import read

SHARED = Path(__file__).parents[3] / "shared" / "datasets"


def test_aiq_of_four_points_worked_by_hand() -> None:
    """Hull (1, .4) (2, .7) (5, .8): (.55 x 1 + .75 x 3) / 4 = .7."""
    assert frontier.aiq([1, 2, 3, 5], [0.4, 0.7, 0.6, 0.8], 1, 5) == pytest.approx(0.7)


def test_aiq_divides_by_the_range_and_not_by_the_largest_cost() -> None:
    assert frontier.aiq([4, 5], [0.6, 0.6], 4, 5) == pytest.approx(0.6)


def test_a_flat_curve_keeps_its_height_to_the_end_of_the_range() -> None:
    assert frontier.aiq([1], [0.5], 1, 9) == pytest.approx(0.5)


def test_what_a_curve_does_not_reach_for_little_money_counts_as_nothing() -> None:
    assert frontier.aiq([3], [0.8], 1, 5) == pytest.approx(0.4)
    assert frontier.aiq([9], [0.8], 1, 5) == 0.0


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        frontier.aiq([1], [1], 2, 2)


def test_hypervolume_of_two_points_worked_by_hand() -> None:
    """Up to cost 10: (10 - 2) x .5 + (10 - 4) x (.8 - .5) = 5.8."""
    assert frontier.hypervolume([2, 4, 5], [0.5, 0.8, 0.7], 10) == pytest.approx(5.8)


def test_the_hull_of_equal_settings_is_optimistic_and_the_honest_aiq_is_not() -> None:
    """100 settings that are all worth .5: the plain figure finds lucky ones, that on other prompts does not."""
    rng = np.random.default_rng(0)
    plain, honest = [], []
    for seed in range(20):
        quality = (rng.random((60, 400)) < 0.5).astype(float)
        cost = np.tile(np.linspace(1, 2, 60)[:, None], (1, 400))
        plain.append(frontier.aiq(cost.mean(axis=1), quality.mean(axis=1), 1, 2))
        honest.append(frontier.honest_aiq(cost, quality, 1, 2, seed))
    assert np.mean(plain) > 0.53
    assert abs(np.mean(honest) - 0.5) < abs(np.mean(plain) - 0.5) / 2


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
@pytest.mark.parametrize(
    ("name", "zero", "oracle"), [("routerbench_sub", 0.8195, 0.9744), ("zellinger_cascades", 0.8333, 0.9689)]
)
def test_zero_router_and_oracle_of_real_sets_are_the_published_ones(name: str, zero: float, oracle: float) -> None:
    recorded = read(SHARED / f"{name}.parquet").recorded()
    means = recorded.cost.mean(axis=0)
    low, high = means.min(), means.max()
    assert frontier.aiq(means, recorded.quality.mean(axis=0), low, high) == pytest.approx(zero, abs=1e-4)
    quality, cost = reference.oracle_curve(recorded.quality, recorded.cost)
    assert frontier.aiq(cost, quality, low, high) == pytest.approx(oracle, abs=2e-4)


@given(st.lists(st.tuples(st.floats(0.1, 9), st.floats(0, 1)), min_size=2, max_size=8), st.floats(0, 1))
def test_what_the_zero_router_reaches_is_a_mix_of_single_models_whose_weights_sum_to_one(
    models: list[tuple[float, float]], share: float
) -> None:
    cost, quality = np.array(models).T
    x, y = frontier.zero_router(cost, quality)
    budget = x[0] + share * (x[-1] - x[0])
    i = min(int(np.searchsorted(x, budget, side="right")), len(x) - 1) - (len(x) > 1)
    dear = (budget - x[i]) / (x[i + 1] - x[i]) if len(x) > 1 else 0.0
    mixed = np.array([1 - dear, dear])
    assert mixed.sum() == pytest.approx(1)
    assert (mixed >= -1e-9).all()
    reached = float(mixed @ y[i : i + 2]) if len(x) > 1 else float(y[0])
    assert float(at(budget, x, y)) == pytest.approx(reached, abs=1e-9)
