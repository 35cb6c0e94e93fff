from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from strategies import _forest
from workbench.recorded import Floats

Data = tuple[NDArray[np.float32], Floats]


@pytest.fixture(scope="module")
def data() -> Data:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 7)).astype(np.float32)
    return x, np.stack([x[:, 0] > 0, x[:, 1] * x[:, 2] > 0, x[:, 3]], axis=1).astype(float)


def test_a_forest_says_what_the_mean_of_its_trees_is(data: Data) -> None:
    """Each tree walked by hand, from its root to the leaf whose children are itself."""
    x, y = data
    forest, _ = _forest.fit(x, y, 20)
    for row, found in zip(x[:40], forest.predict(x[:40]), strict=True):
        leaves = []
        for node in forest.roots.tolist():
            while forest.children[2 * node] != node:
                node = int(forest.children[2 * node + (row[forest.feature[node]] > forest.threshold[node])])
            leaves.append(forest.values[node])
        assert found == pytest.approx(np.mean(leaves, axis=0), abs=1e-6)


def test_a_row_alone_has_the_very_figures_that_it_has_among_others(data: Data) -> None:
    x, y = data
    forest, _ = _forest.fit(x, y, 20)
    alone = np.concatenate([forest.predict(x[i : i + 1]) for i in range(len(x))])
    assert (alone == forest.predict(x)).all()


def test_a_forest_that_learned_nothing_says_the_mean(data: Data) -> None:
    """Too few rows for two leaves: trees of one node."""
    x, _ = data
    forest, _ = _forest.fit(x[:20], np.ones((20, 2)), 5)
    assert len(forest.roots) == len(forest.feature) == 5
    assert forest.predict(x) == pytest.approx(np.ones((300, 2)))


def test_it_survives_being_kept_as_arrays(data: Data) -> None:
    x, y = data
    forest, _ = _forest.fit(x, y, 5)
    assert (_forest.Forest.restored(forest.state()).predict(x) == forest.predict(x)).all()
