from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics.calibration import bins, brier, expected_error


def test_bins_hold_equal_counts_in_order() -> None:
    found = bins(np.array([0.9, 0.1, 0.8, 0.2]), np.array([1.0, 0, 1, 0]), 2)
    assert [b.predicted for b in found] == pytest.approx([0.15, 0.85])
    assert [(b.realised, b.count) for b in found] == [(0.0, 2), (1.0, 2)]


def test_error_is_the_mean_distance_of_bins() -> None:
    assert expected_error(np.array([0.9, 0.1]), np.array([1.0, 0.0]), 2) == pytest.approx(0.1)
    assert brier(np.array([0.9, 0.1]), np.array([1.0, 0.0])) == pytest.approx(0.01)


def test_fewer_values_than_bins_make_fewer_bins() -> None:
    assert len(bins(np.array([0.5]), np.array([1.0]))) == 1
