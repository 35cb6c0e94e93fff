"""The simulation that `workbench bench coverage` runs."""

from __future__ import annotations

from workbench.bench import coverage


def test_intervals_hold_their_level_where_the_effective_size_is_150_or_more() -> None:
    found = coverage.measure()
    for band in ("effective size 150 to 400", "effective size from 400"):
        for estimator in coverage.ESTIMATORS:
            assert 0.92 <= found[band][estimator] <= 0.97
    assert found["refused"] > 0
    assert found["warned"] > 0
