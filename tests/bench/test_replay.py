from __future__ import annotations

import numpy as np

from workbench.bench.replay import Data, measure


def test_a_sweep_makes_the_choices_and_points_of_the_plain_loop() -> None:
    data = Data(3000)
    chosen, (quality, cost) = data.sweep()
    plain, points = data.loop()
    np.testing.assert_array_equal(chosen, plain)
    np.testing.assert_allclose(np.array(points), np.stack([quality, cost], axis=1), rtol=1e-5)


def test_the_figures_say_what_they_compare() -> None:
    found = measure(prompts=2000, rounds=1)
    assert found["same_choices"] is True
    assert {"ratio_numpy", "ratio_pandas", "bootstrap_1000_s", "ratio_to_a_tenth_of_the_rows"} <= found.keys()
    assert found["ratio_numpy"] == found["sweep_s"] / found["numpy_s"]
