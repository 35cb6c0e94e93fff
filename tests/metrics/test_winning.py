from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics import winning


def test_without_votes_any_rate_is_possible() -> None:
    assert winning.win_rate(0, 0).as_json() == {"value": 0.5, "low": 0.0, "high": 1.0}
    assert winning.e_value(0, 0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("wins", "losses"), [(1, 0), (0, 7), (30, 10), (500, 500), (1200, 800), (600_000, 0), (600_000, 3)]
)
def test_an_interval_holds_its_share_and_mirrors(wins: int, losses: int) -> None:
    one, two = winning.win_rate(wins, losses), winning.win_rate(losses, wins)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert (one.low, one.high) == pytest.approx((1 - two.high, 1 - two.low))


def test_the_average_evidence_of_equal_sides_is_one() -> None:
    from math import comb

    n = 12
    assert sum(comb(n, k) / 2**n * winning.e_value(k, n - k) for k in range(n + 1)) == pytest.approx(1.0)


def test_half_is_outside_exactly_when_the_evidence_is_twenty() -> None:
    for wins in range(30, 80):
        found, evidence = winning.win_rate(wins, 30), winning.e_value(wins, 30)
        assert (found.low <= 0.5) == (evidence < 20)


def test_first_look_is_the_vote_at_which_the_evidence_reaches_twenty() -> None:
    won = np.array([[True] * 60, [True, False] * 30])
    stop = winning.first_look(won)
    assert winning.e_value(int(stop[0]), 0) >= 20 > winning.e_value(int(stop[0]) - 1, 0)
    assert stop[1] == 61
