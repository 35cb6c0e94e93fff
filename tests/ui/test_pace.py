"""Blind columns are read at one pace."""

from __future__ import annotations

from workbench.ui.pace import END_CHARS_PER_S, Pace


def test_nothing_is_shown_before_every_column_has_words() -> None:
    pace = Pace()
    assert pace.advance(0.0, [(100, False), (0, False)]) == 0
    assert pace.advance(5.0, [(500, True), (0, False)]) == 0


def test_a_column_that_failed_without_words_holds_nobody() -> None:
    pace = Pace()
    pace.advance(0.0, [(100, False), (0, True)])
    assert pace.advance(0.1, [(100, False), (0, True)]) > 0


def test_nobody_gets_ahead_of_the_slowest() -> None:
    pace = Pace()
    for tick in range(100):
        fast, slow = 40 * tick + 1, 4 * tick + 1
        assert pace.advance(tick * 0.05, [(fast, False), (slow, False)]) <= slow


def test_the_end_of_the_slow_column_does_not_speed_up_the_other() -> None:
    pace = Pace()
    shown = [pace.advance(t * 0.05, [(10_000, False), (5 * t + 1, t >= 60)]) for t in range(120)]
    before = shown[59] - shown[39]
    after = shown[85] - shown[65]
    assert after <= before * 1.2


def test_it_never_goes_back() -> None:
    pace = Pace()
    shown = [pace.advance(t * 0.05, [(t * 7 % 300 + 300, False), (400, t > 50)]) for t in range(100)]
    assert shown == sorted(shown)


def test_when_all_have_ended_the_rest_comes_at_one_speed() -> None:
    pace = Pace()
    pace.advance(0.0, [(5000, True), (10, True)])
    first = pace.advance(1.0, [(5000, True), (10, True)])
    assert first == END_CHARS_PER_S
    assert pace.advance(10.0, [(5000, True), (10, True)]) == 5000
