from __future__ import annotations

from workbench.bench.decisions import measure


def test_measures_short_and_long_prompts() -> None:
    figures = measure(rounds=2)
    assert figures["prompts"] >= 32
    assert 0 < figures["decision_us_median"] <= figures["decision_us_p99"]
    assert 0 < figures["decision_2kb_us_median"] <= figures["decision_2kb_us_p99"]
    assert figures["decision_us_median"] < figures["decision_2kb_us_median"]
