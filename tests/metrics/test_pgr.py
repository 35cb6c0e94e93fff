from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadInput
from workbench.metrics.bootstrap import weights
from workbench.metrics.pgr import apgr, cpt, recovered, resampled

WEAK, STRONG = np.array([0.0, 0.0, 1.0, 1.0] * 5), np.ones(20)


def test_apgr_of_gains_1_1_0_0_is_three_quarters() -> None:
    """Taken in the best order: PGR 0, .5, 1, 1, 1; its area by trapezoids is .75."""
    pgr = recovered(-WEAK, WEAK, STRONG)
    np.testing.assert_allclose(pgr[[0, 5, 10, 15, 20]], [0, 0.5, 1, 1, 1])
    assert apgr(pgr) == pytest.approx(0.75)


def test_a_router_that_knows_nothing_recovers_half() -> None:
    assert apgr(recovered(np.zeros(20), WEAK, STRONG)) == pytest.approx(0.5)


def test_the_worst_order_recovers_a_quarter() -> None:
    assert apgr(recovered(WEAK, WEAK, STRONG)) == pytest.approx(0.25)


def test_ties_are_the_exact_mean_over_their_orders() -> None:
    """Ten prompts tie, half of which gain: each of them counts as half a gain."""
    wanted = np.repeat([1.0, 0.0], 10)
    pgr = recovered(wanted, WEAK, STRONG)
    assert pgr[10] == pytest.approx((STRONG - WEAK)[:10].sum() / 10)
    np.testing.assert_allclose(np.diff(pgr[:11]), np.diff(pgr[:11])[0])


def test_cpt_is_the_first_share_of_calls_that_reaches_a_target() -> None:
    pgr = recovered(-WEAK, WEAK, STRONG)
    assert cpt(pgr, 0.5) == 0.25
    assert cpt(pgr, 0.8) == 0.4
    assert cpt(pgr, 1.5) is None


def test_cpt_is_read_on_a_running_maximum() -> None:
    assert cpt(np.array([0, 0.6, 0.4, 0.7, 1.0]), 0.6) == 0.25


def test_a_gap_within_three_standard_errors_of_zero_is_refused() -> None:
    with pytest.raises(BadInput, match="within three standard errors"):
        recovered(np.zeros(4), np.array([1.0, 0, 1, 0]), np.array([0.0, 1, 1, 0]))


@given(st.lists(st.integers(0, 3), min_size=20, max_size=20), st.permutations(range(20)))
def test_the_order_of_prompts_does_not_matter(wanted: list[int], order: list[int]) -> None:
    scores, mixed = np.array(wanted, dtype=float), np.array(order)
    np.testing.assert_allclose(
        recovered(scores, WEAK, STRONG), recovered(scores[mixed], WEAK[mixed], STRONG[mixed]), atol=1e-12
    )


def test_resampled_figures_are_those_of_the_rows_drawn() -> None:
    rng = np.random.default_rng(0)
    wanted = rng.integers(0, 5, 60) / 4
    weak, strong = (rng.random(60) < 0.3).astype(float), (rng.random(60) < 0.9).astype(float)
    drawn = weights(60, 20)
    found = resampled(wanted, weak, strong, drawn, (0.5, 0.8))
    for r, row in enumerate(drawn):
        rows = np.repeat(np.arange(60), row.astype(int))
        direct = recovered(wanted[rows], weak[rows], strong[rows])
        assert found.apgr[r] == pytest.approx(apgr(direct), abs=1e-5)
        for target in (0.5, 0.8):
            assert found.cpt[target][r] == pytest.approx(cpt(direct, target), abs=1 / 60 + 1e-9)


def test_a_resample_without_a_clear_gap_has_no_figure() -> None:
    """Whoever draws only prompts that gain nothing cannot say what share is recovered."""
    drawn = np.zeros((2, 20), dtype=np.float32)
    drawn[0, 2] = 20
    drawn[1] = 1
    found = resampled(-WEAK, WEAK, STRONG, drawn, (0.5,))
    assert np.isnan([found.apgr[0], found.cpt[0.5][0]]).all()
    assert found.apgr[1] == pytest.approx(0.75)
    assert found.cpt[0.5][1] == 0.25


def test_a_target_beyond_what_is_reached_is_infinitely_far() -> None:
    assert resampled(-WEAK, WEAK, STRONG, np.ones((1, 20), np.float32), (1.5,)).cpt[1.5].tolist() == [np.inf]


@given(st.lists(st.floats(-0.5, 1.5), min_size=2, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_never_takes_fewer_calls(values: list[float], one: float, two: float) -> None:
    pgr = np.array([0.0, *values])
    low, high = (cpt(pgr, target) for target in sorted((one, two)))
    assert high is None or (low is not None and low <= high)
    if high is not None:
        assert pgr[: round(high * len(values)) + 1].max() >= max(one, two) - 1e-9


@given(st.integers(0, 99))
def test_the_order_of_prompts_changes_no_resample(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted, drawn = rng.integers(0, 4, 20) / 3, weights(20, 5, seed)
    mixed = rng.permutation(20)
    one = resampled(wanted, WEAK, STRONG, drawn, (0.5,))
    two = resampled(wanted[mixed], WEAK[mixed], STRONG[mixed], drawn[:, mixed], (0.5,))
    np.testing.assert_allclose(one.apgr, two.apgr, atol=1e-6)
    np.testing.assert_allclose(one.cpt[0.5], two.cpt[0.5], atol=1e-6)
