"""The simulation that `workbench bench coverage` runs in full, here in small."""

from __future__ import annotations

from workbench.bench import coverage


def test_intervals_hold_their_level_where_the_effective_size_is_150_or_more() -> None:
    found = coverage.measure(runs=150, seed=5)
    for band in ("effective size 150 to 400", "effective size from 400"):
        for estimator in ("snips", "doubly_robust"):
            assert 0.88 <= found[band][estimator] <= 0.99
    assert found["refused"] > 0
    assert found["warned"] > 0
