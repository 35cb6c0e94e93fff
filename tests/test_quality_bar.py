"""The learned routers on recorded outcomes of hosted models: one recipe for all sets, judged on prompts it had not seen."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from workbench import embed
from workbench.bench.routers import NAMES, PAIRS, POOLS, RB, SHARED, Tried, by_category, load, tried
from workbench.metrics.bootstrap import interval
from workbench.recorded import Recorded

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the recorded outcomes of hosted models are not the project's to ship"
)
TASKS = ("arc-challenge", "mbpp", "winogrande")
"""Where plain nearest neighbours lose up to .03 to mixing single models."""
APGR, AIQ = 0.635, {RB: 0.852, "zellinger_cascades": 0.857}
NOISE = 0.001
"""How far below the zero router's AIQ, whose models are chosen in hindsight, a choice of the same models made on other prompts may fall."""
ERRORS, HINDSIGHT = 3.0, 0.003
"""How far below the zero router's line one setting of many may fall: standard errors, and a little for hindsight."""
CHEAP = 0.95
"""Lambda above which a router is not asked: quality counts for next to nothing, and costs that are foreseen badly decide."""


@pytest.fixture(scope="module", autouse=True)
def vectors(tmp_path_factory: pytest.TempPathFactory) -> None:
    embed.use(embed.cached(tmp_path_factory.getbasetemp().parent / "routers"))


@cache
def outcomes(name: str) -> Recorded:
    """Of a pair, a pool or a task."""
    if name in PAIRS:
        file, models = PAIRS[name]
        return load(SHARED, file, models)
    return by_category(load(SHARED, RB))[name] if name in TASKS else load(SHARED, name)


@cache
def done(name: str, router: str) -> Tried:
    return tried(outcomes(name), (router,))[router]


def test_orders_prompts_of_one_pair_better_than_nearest_neighbours() -> None:
    regression, knn = (done("mtbench", one).apgr for one in ("regression", "knn"))
    assert regression[0] > knn[0] > 0.7


@pytest.mark.slow
def test_orders_prompts_of_five_pairs_better_than_nearest_neighbours() -> None:
    regression, knn = (np.mean([done(name, one).apgr for name in PAIRS], axis=0) for one in ("regression", "knn"))
    assert regression[0] >= APGR
    gain = interval(float(regression[0] - knn[0]), regression[1:] - knn[1:])
    assert gain.low > 0


@pytest.mark.slow
@pytest.mark.parametrize("file", POOLS)
def test_buys_more_quality_than_nearest_neighbours_at_every_price(file: str) -> None:
    regression, knn = (done(file, one).aiq for one in ("regression", "knn"))
    assert regression[0] >= AIQ[file]
    assert interval(float(regression[0] - knn[0]), regression[1:] - knn[1:]).low > 0


@pytest.mark.parametrize("router", NAMES)
def test_is_not_below_single_models_on_a_small_pair(router: str) -> None:
    never_below("mtbench", router)


@pytest.mark.slow
@pytest.mark.parametrize("router", NAMES)
@pytest.mark.parametrize("name", [*PAIRS, *POOLS, *TASKS])
def test_is_not_below_single_models_on_any_set(name: str, router: str) -> None:
    never_below(name, router)


def never_below(name: str, router: str) -> None:
    """Neither over all settings nor, as far as its prompts can tell, at any one of them."""
    found = done(name, router)
    assert found.above_zero >= -NOISE
    gap, error = (values[np.array(found.track.values) <= CHEAP] for values in found.settings_above_zero)
    assert len(gap) > 900
    assert (gap + ERRORS * error).min() >= -HINDSIGHT
