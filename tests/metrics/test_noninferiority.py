from __future__ import annotations

import numpy as np

from workbench.metrics.noninferiority import verdict

RNG = np.random.default_rng(0)
BASE = (RNG.random(2000) < 0.8).astype(float)


def test_the_same_answers_are_not_worse() -> None:
    found = verdict(BASE, BASE, 0.01)
    assert found.state == "not worse"
    assert found.more is None
    assert found.difference.value == 0


def test_clearly_fewer_right_answers_are_worse() -> None:
    assert verdict(BASE, BASE * (RNG.random(2000) < 0.85), 0.01).state == "worse"


def test_too_few_prompts_leave_it_open_and_say_how_many_would_do() -> None:
    found = verdict(BASE[:40], BASE[:40], 0.01)
    assert found.state == "undecided"
    assert found.more is not None
    again = verdict(np.ones(40 + found.more), np.ones(40 + found.more), 0.01)
    assert again.state == "not worse"


def test_exactly_at_the_margin_is_rarely_called() -> None:
    """A candidate that is worse by just the margin: at most one in twenty is let through."""
    called = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        gap = np.where(rng.random(400) < 0.05, -1.0, 0.0)
        called += verdict(np.ones(400), 1 + gap, 0.05).state != "undecided"
    assert called / 300 <= 0.05
