from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics.clusters import robust_mean, users_means


def test_users_count_once_in_the_order_in_which_they_finish() -> None:
    assert users_means(["a", "b", "a", "c", "b"], [1, 0, 0, 1, 1]).tolist() == [0.5, 1.0, 0.5]
    assert users_means([], []).tolist() == []


def test_an_interval_by_users_is_wider_than_one_by_rows_when_users_agree_with_themselves() -> None:
    rng = np.random.default_rng(0)
    taste = rng.uniform(-1, 1, 60)
    users, values = np.repeat(np.arange(60), 10).tolist(), np.repeat(taste, 10)
    found = robust_mean(users, values)
    by_rows = 2 * 1.96 * values.std() / np.sqrt(600)
    assert found.high - found.low > 2.5 * by_rows
    assert found.value == pytest.approx(values.mean())


def test_fewer_than_forty_users_are_refused() -> None:
    with pytest.raises(BadInput, match="needs 40 of them and there are 39"):
        robust_mean(range(39), np.zeros(39))
