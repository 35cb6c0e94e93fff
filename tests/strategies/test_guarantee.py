from __future__ import annotations

import numpy as np
import pytest

from strategies._guarantee import at_most, fewest, proven


def test_the_tail_is_the_binomial_one() -> None:
    assert at_most(0, 10, 0.1) == pytest.approx(0.9**10)
    assert at_most(1, 3, 0.5) == pytest.approx(0.5)
    assert at_most(2, 4, 0.3) == pytest.approx(0.7**4 + 4 * 0.3 * 0.7**3 + 6 * 0.09 * 0.49)
    assert (at_most(4, 4, 0.3), at_most(1, 9, 0.0), at_most(1, 9, 1.0)) == (1.0, 1.0, 0.0)


def test_the_sequence_ends_at_the_first_that_cannot_be_shown() -> None:
    assert proven([0, 1, 40, 0], 100, 0.1, 0.05) == 2
    assert proven([30, 0, 0], 100, 0.1, 0.05) == 0
    assert proven([0, 0], 100, 0.1, 0.05) == 2


def test_fewest_is_just_enough_without_a_failure() -> None:
    n = fewest(0.05, 0.05)
    assert n == 59
    assert at_most(0, n, 0.05) <= 0.05 < at_most(0, n - 1, 0.05)


def test_the_promise_is_broken_no_more_often_than_stated() -> None:
    """1,000 data sets of 300 prompts; 40 nested settings whose true failure shares are known, around alpha."""
    rng, alpha, delta, n = np.random.default_rng(0), 0.1, 0.1, 300
    truth = np.linspace(0.02, 0.25, 40)
    broken = chosen = 0
    for _ in range(1000):
        point = rng.random(n)
        failures = (point[:, None] < truth).sum(axis=0)
        shown = proven(failures.tolist(), n, alpha, delta)
        chosen += shown > 0
        broken += shown > 0 and truth[shown - 1] > alpha
    assert broken / 1000 <= delta
    assert broken > 0  # not by refusing to choose
    assert chosen > 900
