"""kNN through the whole of a replay, against figures that were measured apart from it on the same real outcomes.

The reference embedded with MiniLM in single precision; here it has int8 weights, which move a few neighbours: shares
agree to two digits, give or take one in the last.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.services.benchmark import Request, run
from workbench.services.replay import Entrant
from workbench.settings import Settings

SHARED = Path(__file__).resolve().parents[3] / "shared" / "datasets"
LLAMA = "llama3.1-8b"
PAIRS = {
    "routellm_mtbench": ((), 0.749, 0.181, 0.333),
    "routellm_gsm8k": ((), 0.596, 0.344, 0.701),
}

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home of its own, and embeddings that outlive it: of 7,600 prompts they take a minute or two the first time."""
    return Settings(home=tmp_path_factory.mktemp("home"), cache=tmp_path_factory.getbasetemp().parent / "embeddings")


def replayed(settings: Settings, name: str, *models: str) -> dict[str, Any]:
    return run(Request(str(SHARED / f"{name}.parquet"), [Entrant("knn")], 5, 0, models), settings)


@pytest.mark.parametrize("name", PAIRS)
def test_apgr_and_cpt_of_two_models_are_the_published_ones(settings: Settings, name: str) -> None:
    models, apgr, cpt50, cpt80 = PAIRS[name]
    found = replayed(settings, name, *models)
    (curve,) = found["curves"]
    assert curve["apgr"]["value"] == pytest.approx(apgr, abs=0.01)
    assert curve["cpt"]["50"]["value"] == pytest.approx(cpt50, abs=0.015)
    assert curve["cpt"]["80"]["value"] == pytest.approx(cpt80, abs=0.015)
    assert curve["apgr"]["low"] <= apgr <= curve["apgr"]["high"]
    assert found["data"]["marked"] == {"routellm_mtbench": 16, "routellm_gsm8k": 12}[name]


@pytest.mark.parametrize(
    ("name", "models", "apgr", "cpt50", "cpt80"),
    [
        ("routerbench_sub", ("gpt-4-1106-preview", "mistralai/mixtral-8x7b-chat"), 0.541, 0.423, 0.763),
        ("zellinger_cascades", ("gpt-4o", LLAMA), 0.560, 0.439, 0.718),
        ("zellinger_cascades", ("llama3.1-405b", LLAMA), 0.578, 0.398, 0.729),
    ],
)
def test_apgr_of_pairs_out_of_larger_pools_too(
    settings: Settings, name: str, models: tuple[str, str], apgr: float, cpt50: float, cpt80: float
) -> None:
    (curve,) = replayed(settings, name, *models)["curves"]
    assert curve["apgr"]["value"] == pytest.approx(apgr, abs=0.01)
    assert curve["cpt"]["50"]["value"] == pytest.approx(cpt50, abs=0.015)
    assert curve["cpt"]["80"]["value"] == pytest.approx(cpt80, abs=0.015)


@pytest.mark.parametrize(("name", "aiq"), [("routerbench_sub", 0.833), ("zellinger_cascades", 0.840)])
def test_aiq_of_large_pools_is_the_published_one(settings: Settings, name: str, aiq: float) -> None:
    (curve,) = replayed(settings, name)["curves"]
    assert curve["aiq"]["plain"] == pytest.approx(aiq, abs=0.005)
    assert curve["aiq"]["value"] <= curve["aiq"]["plain"]
    assert curve["aiq_gain"]["low"] <= curve["aiq_gain"]["value"] <= curve["aiq_gain"]["high"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "routerbench_sub",
            {"best single": (0.879, 5.02), "oracle": (0.976, 0.208), "aiq": {"zero router": 0.8195, "oracle": 0.9744}},
        ),
        (
            "zellinger_cascades",
            {"best single": (0.865, 0.812), "oracle": (0.970, 0.050), "aiq": {"zero router": 0.8333, "oracle": 0.9689}},
        ),
    ],
)
def test_reference_lines_of_large_pools_are_the_published_ones(
    settings: Settings, name: str, lines: dict[str, Any]
) -> None:
    """Without anything that embeds: seconds."""
    found = run(Request(str(SHARED / f"{name}.parquet"), [Entrant("cheapest")]), settings)["lines"]
    points = {line["name"]: line for line in found if line["kind"] == "point"}
    for kind in ("best single", "oracle"):
        quality, cost = lines[kind]
        assert points[kind]["quality"][0] == pytest.approx(quality, abs=6e-4)
        assert points[kind]["cost"][0] == pytest.approx(cost, rel=1e-2)
    for line in found:
        if line["kind"] == "curve":
            assert line["aiq"] == pytest.approx(lines["aiq"][line["name"]], abs=2e-4)
