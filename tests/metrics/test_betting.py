from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadInput
from workbench.metrics import betting

differences = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.25, 1.0]), min_size=1, max_size=60)


@given(differences)
def test_an_interval_holds_its_own_mean_and_lies_within_the_bounds(values: list[float]) -> None:
    found = betting.interval(values)
    assert -1 <= found.low <= found.value <= found.high <= 1


@given(differences, st.randoms())
def test_the_order_of_prompts_does_not_matter(values: list[float], random: object) -> None:
    mixed = list(values)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis's random
    assert betting.interval(values) == betting.interval(mixed)
    assert betting.evidence(values) == pytest.approx(betting.evidence(mixed))


@given(differences)
def test_swapping_the_sides_mirrors_the_interval(values: list[float]) -> None:
    one, two = betting.interval(values), betting.interval([-v for v in values])
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low))


def test_the_average_capital_of_a_true_mean_is_one() -> None:
    """Over all equally likely results, exactly: what makes peeking safe."""
    outcomes = np.array(np.meshgrid(*[[-1.0, 1.0]] * 6)).T.reshape(-1, 6)
    mean = np.mean([np.exp(betting.evidence(one)) for one in outcomes])
    assert mean == pytest.approx(1.0)


def test_without_observations_everything_is_possible() -> None:
    assert betting.interval([]).as_json() == {"value": 0.0, "low": -1.0, "high": 1.0}


def test_a_clear_difference_is_seen_and_none_is_not() -> None:
    assert betting.interval([0.5] * 60).low > 0
    assert betting.interval([1.0, -1.0] * 60).low < 0 < betting.interval([1.0, -1.0] * 60).high
    assert betting.evidence([0.5] * 60, side="more") > log(20) > betting.evidence([0.5] * 60, side="less")


def test_all_alike_still_gives_an_interval() -> None:
    for value in (-1.0, 0.0, 1.0):
        found = betting.interval([value] * 300)
        assert found.low <= value <= found.high
        assert found.high - found.low < 0.2


def test_one_at_a_time_ends_where_all_at_once_does_or_narrower() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], 200, p=[0.2, 0.5, 0.3])
    bettor = betting.Bettor()
    widths = []
    for value in values:
        bettor.add(value)
        widths.append(bettor.interval.high - bettor.interval.low)
    whole = betting.interval(values)
    assert bettor.interval.value == pytest.approx(whole.value)
    assert whole.low <= bettor.interval.low
    assert bettor.interval.high <= whole.high
    assert (np.diff(widths) <= 1e-12).all()
    assert bettor.e_value >= np.exp(betting.evidence(values)) - 1e-9


@pytest.mark.parametrize("bad", [1.5, -2.0, float("nan")])
def test_what_is_no_difference_of_qualities_is_refused(bad: float) -> None:
    with pytest.raises(BadInput, match="from -1 to 1"):
        betting.interval([0.0, bad])


def test_unpaired_arms_have_a_mean_of_zero_when_they_are_alike() -> None:
    rng = np.random.default_rng(1)
    for p in (0.5, 0.2):
        treated, outcome = rng.random(40_000) < p, (rng.random(40_000) < 0.7).astype(float)
        values = betting.unpaired(treated, outcome, p)
        assert abs(values.mean()) < 0.01
        assert np.abs(values).max() <= 1


def test_a_path_is_the_streamed_interval_at_its_looks() -> None:
    values = np.random.default_rng(4).choice([-1.0, 0.0, 1.0], 120, p=[0.1, 0.6, 0.3])
    bettor, seen = betting.Bettor(), []
    for value in values.tolist():
        bettor.add(value)
        seen.append(bettor.interval)
    looks = betting.path(values, range(1, 121))
    assert [look.estimate.low for look in looks] == [one.low for one in seen]
    assert [look.estimate.high for look in looks] == [one.high for one in seen]
    assert looks[-1].log_e == pytest.approx(betting.evidence(values))


def test_fewer_looks_refute_no_more() -> None:
    values = np.random.default_rng(5).choice([-1.0, 0.0, 1.0], 200, p=[0.1, 0.6, 0.3])
    often, seldom = betting.path(values, range(1, 201))[-1], betting.path(values, [50, 200])[-1]
    assert seldom.estimate.low <= often.estimate.low
    assert often.estimate.high <= seldom.estimate.high
