"""The drift watch keeps its promise in a simulation: seldom wrong, soon aware."""

from __future__ import annotations

from workbench.bench.drift import measure


def test_the_watch_cries_wolf_less_than_once_in_ten_thousand_answers_and_sees_a_fall_soon() -> None:
    found = measure(runs=6)
    watch = found["Shiryaev-Roberts mixture"]
    assert watch["false alarms per 10,000"] <= 1.6
    assert watch["delay, median"] <= 180
    prompts = found["prompts, Hotelling at .001"]
    assert prompts["called without a shift"] <= 0.02
    assert prompts["called after one"] >= 0.95
