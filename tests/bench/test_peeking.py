"""The simulation that `workbench bench peeking` runs in full, here in small: peeking must not make a false claim."""

from __future__ import annotations

import numpy as np

from workbench.bench import peeking
from workbench.metrics import betting

MOST = 0.05 + 2.6 * (0.05 * 0.95 / 300) ** 0.5
"""Of 300 runs at 5 %, more than this would happen once in two hundred times."""


def test_false_claims_stay_under_five_per_cent_whatever_is_looked_at() -> None:
    found = peeking.measure(runs=300, seed=1)
    for kind in ("A/A symmetric", "A/A skewed"):
        assert found[kind]["betting"] <= MOST
        assert found[kind]["t-test at each look"] > 0.3
    assert found["A/A clustered by user"]["betting on users' means"] <= MOST
    assert found["A/A clustered by user"]["betting on rows"] > 0.15
    assert found["A/A clustered by user"]["t-test at each look"] > 0.3
    assert found["A/A drawn by prompt"]["betting"] <= MOST
    assert found["A/A drawn by prompt"]["t-test at each look"] > 0.3
    assert found["A/A drawn by prompt"]["t-test once, at the end"] <= MOST + 0.02
    assert found["A/A votes"]["beta-binomial"] <= MOST
    assert found["difference 0.1"]["betting"] > 0.95
    assert found["difference 0.1"]["beta-binomial"] > 0.95


def test_the_simulation_stops_where_the_bettor_does() -> None:
    values = peeking.paired(np.random.default_rng(2), 3, 400, 0.15)
    for one, stop in zip(values, betting.first_look(values).tolist(), strict=True):
        bettor = betting.Bettor()
        seen = [bettor.add(v) or bettor.e_value for v in one.tolist()]  # type: ignore[func-returns-value]  # add gives None: then what it came to
        crossed = np.flatnonzero(np.array(seen) >= 20)
        assert stop == (crossed[0] + 1 if len(crossed) else 401)
