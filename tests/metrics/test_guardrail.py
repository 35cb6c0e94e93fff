from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics.betting import STAKES
from workbench.metrics.guardrail import Guardrail


def watched(values: Any, limit: float, alpha: float = 0.05) -> Guardrail:
    made = Guardrail(limit, alpha)
    for value in np.asarray(values, dtype=float).tolist():
        made.add(value)
    return made


def test_one_observation_by_hand() -> None:
    """At twice the limit each capital is 1 + stake."""
    assert exp(watched([2.0], 1.0).log_e) == pytest.approx(np.mean(1 + STAKES))


def _even(rng: np.random.Generator, n: int) -> Any:
    return rng.exponential(1.0, n)


def _heavy(rng: np.random.Generator, n: int) -> Any:
    """Pareto with infinite variance and mean 1."""
    return (rng.pareto(1.5, n) + 1) / 3


@pytest.mark.parametrize("draw", [_even, _heavy])
def test_a_mean_at_its_limit_is_rarely_called_however_heavy_the_tail(draw: Any) -> None:
    """Looked at after each of 300 observations of mean 1: one run in twenty, with room for the chance of 300 runs."""
    rng = np.random.default_rng(0)
    called = sum(watched(draw(rng, 300), 1.0).crossed is not None for _ in range(300))
    assert called / 300 <= 0.05 + 2.6 * (0.05 * 0.95 / 300) ** 0.5


def test_errors_at_twice_their_limit_are_noticed_soon() -> None:
    stops = [watched(np.random.default_rng(s).random(1000) < 0.2, 0.1).crossed for s in range(30)]
    assert None not in stops
    assert np.median([stop for stop in stops if stop]) < 200


def test_a_cost_below_its_limit_is_never_evidence() -> None:
    found = watched(np.full(100, 0.5), 1.0)
    assert found.log_e == 0
    assert found.crossed is None
    assert found.total / found.n == 0.5


def test_what_was_shown_once_stays_shown() -> None:
    assert watched([*[3.0] * 20, *[0.0] * 500], 1.0).crossed is not None


def test_what_cannot_be_watched_is_refused() -> None:
    for bad in (-0.1, float("nan"), float("inf")):
        with pytest.raises(BadInput, match="0 or more"):
            watched([1.0, bad], 1.0)
    with pytest.raises(BadInput, match="above 0"):
        Guardrail(0.0, 0.05)
