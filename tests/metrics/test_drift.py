"""Changes are noticed, and nothing is called where nothing changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics.drift import STEPS, Watch, baseline_of, shift


def stopped(watch: Watch, values: NDArray[np.float64]) -> int | None:
    return next((i for i, value in enumerate(values.tolist(), 1) if watch.add(value)), None)


def test_the_statistic_is_the_sum_over_all_moments_of_change() -> None:
    """After values 1 and 0, for a supposed mean q: R = r1 r2 + r2, r1 = q / p, r2 = (1 - q) / (1 - p)."""
    watch = Watch(0.5)
    watch.add(1.0)
    watch.add(0.0)
    q = 0.5 - np.array(STEPS)  # the last value was low: a fall is likelier than a rise
    first, second = q / 0.5, (1 - q) / 0.5
    assert np.exp(watch.evidence) == pytest.approx(float((first * second + second).mean()))
    assert watch.direction == "down"


def test_a_fall_from_eight_to_seven_tenths_is_noticed_within_some_hundred_answers() -> None:
    rng = np.random.default_rng(0)
    delays = []
    for _ in range(40):
        watch = Watch(0.8)
        quiet = stopped(watch, (rng.random(300) < 0.8).astype(float))
        assert quiet is None
        delays.append(stopped(watch, (rng.random(2000) < 0.7).astype(float)))
    assert None not in delays
    assert np.median([d for d in delays if d]) < 250
    assert watch.direction == "down"


def test_a_rise_is_noticed_too() -> None:
    watch = Watch(0.5)
    assert stopped(watch, (np.random.default_rng(1).random(1000) < 0.8).astype(float)) is not None
    assert watch.direction == "up"


def test_nothing_is_called_in_thousands_of_answers_of_the_baseline() -> None:
    rng = np.random.default_rng(2)
    assert sum(stopped(Watch(0.8), (rng.random(1500) < 0.8).astype(float)) is not None for _ in range(20)) <= 6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.05, 0.95))
def test_evidence_is_always_a_number(values: list[float], baseline: float) -> None:
    watch = Watch(baseline)
    for value in values:
        watch.add(value)
    assert np.isfinite(watch.evidence)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_is_no_quality_is_refused(value: float) -> None:
    with pytest.raises(BadInput, match="from 0 to 1"):
        Watch(0.5).add(value)


def test_a_baseline_needs_enough_answers_and_is_never_certain() -> None:
    with pytest.raises(BadInput, match="100"):
        baseline_of([1.0] * 99)
    assert 0.98 < baseline_of([1.0] * 100) < 1
    with pytest.raises(BadInput, match="between 0 and 1"):
        Watch(1.0)


def test_prompts_of_another_kind_are_a_shift_and_more_of_the_same_are_none() -> None:
    rng = np.random.default_rng(3)
    reference = rng.normal(size=(600, 40))
    assert not any(shift(reference, rng.normal(size=(150, 40))).called for _ in range(30))
    moved = rng.normal(size=(150, 40))
    moved[:, 0] += 0.8 * np.linalg.svd(reference - reference.mean(0))[2][0, 0]
    moved += 0.8 * np.linalg.svd(reference - reference.mean(0))[2][0]
    assert shift(reference, moved).called


def test_hotelling_in_one_direction_is_the_two_sample_t_test() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(80, 1)), rng.normal(0.3, 1, size=(60, 1))
    from scipy.stats import ttest_ind

    found = shift(a, b, dim=1)
    t = ttest_ind(a[:, 0], b[:, 0])
    assert found.statistic == pytest.approx(t.statistic**2)
    assert found.p_value == pytest.approx(t.pvalue)


def test_too_few_prompts_are_refused() -> None:
    with pytest.raises(BadInput, match="32 prompts or more"):
        shift(np.zeros((600, 40)), np.zeros((10, 40)))
