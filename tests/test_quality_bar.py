"""The learned routers on recorded outcomes of hosted models: one recipe for all sets, judged on prompts it had not seen."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from workbench import embed
from workbench.bench.routers import PAIRS, POOLS, RB, SHARED, Tried, by_category, load, tried
from workbench.metrics.bootstrap import interval

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the recorded outcomes of hosted models are not the project's to ship"
)
NAMES = ("knn", "regression")
APGR, AIQ = 0.635, {RB: 0.852, "zellinger_cascades": 0.857}
NOISE = 0.001
"""How far below the zero router's AIQ, whose models are chosen in hindsight, a choice of the same models made on other prompts may fall."""


@pytest.fixture(scope="module", autouse=True)
def vectors(tmp_path_factory: pytest.TempPathFactory) -> None:
    embed.use(embed.cached(tmp_path_factory.getbasetemp().parent / "routers"))


@cache
def pair(name: str) -> dict[str, Tried]:
    file, models = PAIRS[name]
    return tried(load(SHARED, file, models), NAMES)


@cache
def pool(file: str) -> dict[str, Tried]:
    return tried(load(SHARED, file), NAMES)


def test_orders_prompts_of_one_pair_better_than_nearest_neighbours() -> None:
    regression, knn = (pair("mtbench")[one].apgr for one in ("regression", "knn"))
    assert regression[0] > knn[0] > 0.7


@pytest.mark.slow
def test_orders_prompts_of_five_pairs_better_than_nearest_neighbours() -> None:
    regression, knn = (np.mean([pair(name)[one].apgr for name in PAIRS], axis=0) for one in ("regression", "knn"))
    assert regression[0] >= APGR
    gain = interval(float(regression[0] - knn[0]), regression[1:] - knn[1:])
    assert gain.low > 0


@pytest.mark.slow
@pytest.mark.parametrize("file", POOLS)
def test_buys_more_quality_than_nearest_neighbours_at_every_price(file: str) -> None:
    regression, knn = (pool(file)[one].aiq for one in ("regression", "knn"))
    assert regression[0] >= AIQ[file]
    assert interval(float(regression[0] - knn[0]), regression[1:] - knn[1:]).low > 0


@pytest.mark.slow
@pytest.mark.parametrize("task", ["arc-challenge", "mbpp", "winogrande"])
def test_is_not_below_single_models_where_routing_hardly_helps(task: str) -> None:
    """Inside these, nearest neighbours lose up to .03 to mixing single models."""
    part = by_category(load(SHARED, RB))[task]
    assert tried(part, ("regression",))["regression"].above_zero >= -NOISE
