from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fitted import STRATEGIES
from tests.recordings import recorded
from workbench import health
from workbench.health import Decayed, Health, Standing
from workbench.services.replay import Entrant, track


class Now:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def test_a_call_weighs_half_after_a_half_life() -> None:
    now = Now()
    seen = Health(100.0, now)
    seen.finished("m", 1.0, 0.5)
    now.s += 100
    seen.finished("m", 4.0, 2.0)
    vitals = seen.of("m")
    assert vitals.calls == pytest.approx(1.5)
    assert vitals.latency_s == pytest.approx((0.5 * 1 + 4) / 1.5)
    assert vitals.ttft_s == pytest.approx((0.5 * 0.5 + 2) / 1.5)
    assert vitals.error_rate == 0.0


def test_failures_count_in_the_rate_and_not_in_the_latency() -> None:
    seen = Health(100.0, Now())
    seen.finished("m", 1.0, None)
    seen.failed("m")
    assert (seen.of("m").error_rate, seen.of("m").latency_s, seen.of("m").ttft_s) == (0.5, 1.0, None)


def test_what_was_not_asked_for_long_is_unknown_again() -> None:
    now = Now()
    seen = Health(100.0, now)
    seen.failed("m")
    now.s += 400
    assert seen.of("m").error_rate == 1.0
    now.s += 100
    assert seen.of("m").error_rate is None


def test_a_model_never_asked_is_unknown() -> None:
    vitals = Health().of("m")
    assert (vitals.calls, vitals.error_rate, vitals.latency_s, vitals.standing) == (0.0, None, None, Standing())


def test_a_recovered_model_is_not_held_to_its_failures() -> None:
    seen = Health()
    seen.finished("m", 2.0, None)
    seen.failed("m")
    seen.recovered("m")
    assert (seen.of("m").error_rate, seen.of("m").latency_s) == (None, 2.0)


def test_the_breaker_is_asked_for_its_state_when_vitals_are_read() -> None:
    seen, states = Health(), [Standing("open", 3.0, "why"), Standing("half-open")]
    seen.watch("m", lambda: states[0])
    assert seen.of("m").standing.shut
    states.pop(0)
    assert seen.of("m").standing.state == "half-open"
    assert not seen.of("m").standing.shut


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(-1e3, 1e3)), min_size=1, max_size=20))
def test_averages_do_not_depend_on_the_order_in_which_calls_are_told(told: list[tuple[float, float]]) -> None:
    def mean(rows: list[tuple[float, float]]) -> float | None:
        average = Decayed()
        for at, value in rows:
            average.add(value, at, 600.0)
        return average.mean(5000.0, 600.0)

    one, other = mean(told), mean(told[::-1])
    assert (one is None) == (other is None)
    if one is not None:
        assert one == pytest.approx(other, abs=1e-6)
        assert min(v for _, v in told) - 1e-6 <= one <= max(v for _, v in told) + 1e-6


def test_replay_sees_nothing_of_how_models_do_today() -> None:
    live = Health()
    live.finished("m", 9.0, 9.0)
    before = health.shared()
    health.use(live)
    try:
        assert health.shared().of("m").latency_s == 9.0
        with health.unknown():
            assert health.shared().of("m").latency_s is None
        assert health.shared() is live
    finally:
        health.use(before)


@pytest.mark.parametrize("name", ["weighted", "region"])
def test_a_replay_decides_the_same_however_models_do_today(name: str) -> None:
    data = recorded(np.array([[0.5, 1.0]] * 8))
    fold = (np.arange(4), np.arange(4, 8))
    params = {"quality": 0, "cost": 0, "latency": 1} if name == "weighted" else {}
    before, ill = health.shared(), Health()
    for m in data.ids:
        ill.finished(m, 9.0 if m == "small" else 0.1, 0.1)
        ill.watch(m, lambda: Standing("open", 9.0, "ill"))
    chosen = []
    for live in (Health(), ill):
        health.use(live)
        try:
            chosen.append(track(STRATEGIES, Entrant(name, params), data, [fold]).choices.tolist())
        finally:
            health.use(before)
    assert chosen[0] == chosen[1] == [[0, 0, 0, 0]]


def test_a_breaker_whose_probe_is_on_its_way_would_refuse_a_call_too() -> None:
    assert Standing("half-open", probing=True).shut
