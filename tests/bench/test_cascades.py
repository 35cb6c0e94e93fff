"""What the learned cascade is held to: on recorded outcomes of hosted models where these are at hand, and on our own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.fitted import STRATEGIES
from workbench import embed, outcomes
from workbench.bench import cascades
from workbench.metrics import pgr
from workbench.metrics.frontier import zero_router
from workbench.metrics.hull import Floats, at, hull
from workbench.recorded import Recorded
from workbench.services.folds import folds
from workbench.services.replay import Entrant, Track, track

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "datasets" / "zellinger_cascades.parquet"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="recorded outcomes of hosted models are not at hand")
STRONG = "gpt-4o"


@pytest.fixture(autouse=True, scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Vectors are made once for all test runs on a machine."""
    before = embed.shared()
    embed.use(embed.cached(tmp_path_factory.getbasetemp().parent / "embeddings"))
    yield
    embed.use(before)


@cache
def pair(weak: str) -> Recorded:
    return outcomes.read(SHARED).recorded().of([weak, STRONG])


@cache
def own() -> Recorded:
    return outcomes.read(ROOT / "data" / "outcomes" / "reasoning.parquet").recorded()


@cache
def replayed(name: str, weak: str = "") -> Track:
    recorded = pair(weak) if weak else own()
    return track(STRATEGIES, Entrant(name), recorded, folds(recorded, 5))


def curve(found: Track) -> tuple[Floats, Floats]:
    return hull(found.cost.mean(axis=1), found.quality.mean(axis=1))


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize(("weak", "bare", "bar"), [("llama3.1-8b", 0.708, 0.725), ("llama3.2-3b", 0.635, 0.675)])
def test_the_acceptor_gives_strong_calls_to_the_drafts_that_need_them(weak: str, bare: float, bar: float) -> None:
    recorded = pair(weak)
    quality = recorded.quality.T
    assert pgr.apgr(pgr.recovered(-recorded.logprob[:, 0], *quality)) == pytest.approx(bare, abs=0.001)
    assert pgr.apgr(pgr.recovered(cascades.gains(recorded), *quality)) >= bar


@pytest.mark.parametrize("weak", ["", pytest.param("llama3.1-8b", marks=[needs_shared, pytest.mark.slow])])
def test_cascade_routing_is_as_good_as_the_cascade_at_every_cost(weak: str) -> None:
    (cost, quality), routed = curve(replayed("cascade", weak)), curve(replayed("cascade_routing", weak))
    grid = np.linspace(max(cost[0], routed[0][0]), cost[-1], 200)
    assert (at(grid, *routed) - at(grid, cost, quality)).min() >= -0.002  # a tenth of what 95 % intervals leave open


@pytest.mark.parametrize("name", ["cascade", "cascade_routing"])
@pytest.mark.parametrize("weak", ["", pytest.param("llama3.1-8b", marks=[needs_shared, pytest.mark.slow])])
def test_never_below_mixing_single_models(name: str, weak: str) -> None:
    recorded, found = pair(weak) if weak else own(), replayed(name, weak)
    zero = zero_router(recorded.cost.mean(axis=0), recorded.quality.mean(axis=0))
    cost, quality = found.cost.mean(axis=1), found.quality.mean(axis=1)
    assert (quality - at(np.maximum(cost, zero[0][0]), *zero)).min() >= -0.002
    x, y = hull(cost, quality)
    grid = np.linspace(max(x[0], zero[0][0]), zero[0][-1], 200)
    assert (at(grid, x, y) - at(grid, *zero)).min() >= -1e-9


def test_the_figures_name_every_way_and_its_interval() -> None:
    some = own().take(slice(0, None, 4))
    found = cascades.figures(some)
    assert set(found["AIQ"]) == {"zero router", *cascades.WAYS}
    assert set(found["APGR by strong calls"]) == {"bare confidence", "learned"}
    assert all("[" in said for said in found["APGR by strong calls"].values())
    assert len(found["cost of 1,000 prompts, and what it buys"]) == len(cascades.BUDGETS)
