"""The drift watch keeps its promise in a simulation: seldom wrong, soon aware."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import f

from workbench.bench.drift import estimated, hotelling, known, prompts, watch
from workbench.services.drift import ERRORS


def test_the_watch_cries_wolf_less_than_once_in_ten_thousand_answers_and_sees_a_fall_soon() -> None:
    found = known(np.random.default_rng(0), 6, watch)
    assert found["false alarms per 10,000"] <= 1.6
    assert found["delay, median"] <= 180


def test_with_an_estimated_baseline_steady_streams_are_left_alone_only_beyond_its_error() -> None:
    rng = np.random.default_rng(0)
    naive, ours = (estimated(rng, 8, errors) for errors in (0.0, ERRORS))
    assert naive["false alarms per 10,000"] > 2
    assert ours["false alarms per 10,000"] <= 1.5
    assert ours["delay, median"] <= 400


def test_prompts_of_a_kind_in_a_row_are_no_shift_for_us_as_they_are_for_hotelling() -> None:
    found = prompts(np.random.default_rng(0), 12)
    for name in ("drawn one by one", "about 5 of a kind in a row"):
        assert found[f"{name}, batches permuted"]["called without a shift"] == 0
    assert found["drawn one by one, batches permuted"]["called after one"] >= 0.9
    assert found["about 5 of a kind in a row, Hotelling"]["called without a shift"] > 0.1


def test_hotelling_in_one_direction_is_the_two_sample_t_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.bench.drift.DIM", 2)
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(80, 2)), rng.normal(0.3, 1, size=(60, 2))
    assert hotelling(a.astype(np.float32), b.astype(np.float32)) == pytest.approx(reference(a, b), rel=1e-4)


def reference(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Rao's F of Wilks' lambda, which Hotelling's test is for two groups."""
    pooled = np.vstack([a, b])
    within = (len(a) - 1) * np.cov(a.T) + (len(b) - 1) * np.cov(b.T)
    wilks = np.linalg.det(within) / np.linalg.det((len(pooled) - 1) * np.cov(pooled.T))
    rest = len(pooled) - 3
    return float(f.sf((1 - wilks) / wilks * rest / 2, 2, rest))
