from __future__ import annotations

from workbench.metrics.correction import e_bh, each, holm


def test_holm_stops_at_the_first_that_is_not_small_enough() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([0.04]) == [True]
    assert holm([]) == []


def test_e_bh_rejects_the_most_that_their_evidence_carries() -> None:
    assert e_bh([100.0, 30.0, 1.0, 0.2]) == [True, False, False, False]
    assert e_bh([100.0, 45.0, 1.0, 0.2]) == [True, True, False, False]
    assert e_bh([1.0, 2.0]) == [False, False]


def test_intervals_that_shall_all_hold_share_the_level() -> None:
    assert each(0.05, 5) == 0.01
    assert each(0.05, 0) == 0.05
