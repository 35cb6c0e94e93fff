from __future__ import annotations

import numpy as np
import pytest

from workbench.metrics.planner import more_needed, sample_size


def test_the_usual_size_for_80_per_cent_power() -> None:
    """(1.95996 + .84162)^2 x (.5 / .1)^2 = 196.2."""
    assert sample_size(0.1, 0.5).fixed == 197


def test_looking_any_time_costs_about_twice_the_prompts() -> None:
    size = sample_size(0.05, 0.43)
    assert 1.5 < size.anytime / size.fixed < 3


def test_smaller_differences_and_more_power_need_more() -> None:
    assert sample_size(0.05, 0.5).anytime > sample_size(0.1, 0.5).anytime
    assert sample_size(0.1, 0.5, power=0.95).anytime > sample_size(0.1, 0.5, power=0.8).anytime
    with pytest.raises(ValueError, match="difference of 0"):
        sample_size(0.0, 0.5)


def test_what_would_settle_it_is_near_to_what_does() -> None:
    from workbench.metrics.betting import first_look

    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], 3000, p=[0.15, 0.6, 0.25])
    guess = more_needed(values[:150])
    assert guess is not None
    stop = int(first_look(values[None])[0])
    assert 0.3 * stop < guess + 150 < 4 * stop


def test_equal_sides_would_never_be_settled() -> None:
    assert more_needed(np.zeros(50)) is None
    assert more_needed([0.1]) is None
