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


def turned(vectors: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """The same, moved along one direction."""
    return np.asarray(vectors + by * np.eye(vectors.shape[1])[0])


def test_prompts_of_another_kind_are_a_shift_and_more_of_the_same_are_none() -> None:
    rng = np.random.default_rng(3)
    reference = rng.normal(size=(600, 40))
    assert not any(shift(reference, rng.normal(size=(200, 40))).called for _ in range(30))
    assert shift(reference, turned(rng.normal(size=(200, 40)), 0.8)).called


def test_the_statistic_is_the_squared_distance_of_the_means() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(200, 5)), rng.normal(size=(400, 5))
    assert shift(a, b).statistic == pytest.approx(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum())


def test_p_values_are_even_where_nothing_shifts_and_the_same_for_the_same_vectors() -> None:
    rng = np.random.default_rng(5)
    found = [shift(rng.normal(size=(200, 8)), rng.normal(size=(200, 8))).p_value for _ in range(200)]
    assert np.mean(np.array(found) < 0.1) == pytest.approx(0.1, abs=0.07)
    assert np.mean(found) == pytest.approx(0.5, abs=0.08)
    a, b = rng.normal(size=(200, 8)), rng.normal(size=(200, 8))
    assert shift(a, b) == shift(a, b)


def test_prompts_that_hang_together_in_a_row_are_no_shift() -> None:
    """Runs of five equal prompts: a test that takes each for a draw of its own would call many of these."""
    rng = np.random.default_rng(6)

    def rows(n: int) -> NDArray[np.float64]:
        return np.repeat(rng.normal(size=(n // 5, 20)), 5, axis=0)

    assert sum(shift(rows(1000), rows(200)).p_value < 0.01 for _ in range(50)) <= 3


def test_too_few_prompts_are_refused() -> None:
    with pytest.raises(BadInput, match="200 prompts or more"):
        shift(np.zeros((600, 40)), np.zeros((199, 40)))
