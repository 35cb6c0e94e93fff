from __future__ import annotations

import numpy as np

from workbench.metrics.winrate import shares


def test_ties_count_half_and_both_sides_add_up_to_one() -> None:
    found = shares(np.array([[1.0, 0.0, 1.0, 0.5], [0.0, 0.0, 1.0, 1.0]]))
    assert found[0, 1] == (1 + 2 * 0.5) / 4
    np.testing.assert_allclose(found + found.T, 1)
    assert found[0, 0] == 0.5
