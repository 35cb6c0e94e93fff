"""The document of a replay: what pages, tables and plots read."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.judging import N, cascade, judged, outcomes, router
from tests.recordings import recorded
from workbench.errors import BadInput
from workbench.services.judged import best_setting
from workbench.services.replay_report import document

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    data = outcomes()
    return document(judged(router(data, SHARES), cascade(data), data=data))


def unpacked(packed: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), dtype=kind)


def test_it_says_what_was_judged(found: dict[str, Any]) -> None:
    data = found["data"]
    assert (data["prompts"], data["skipped"], data["marked"], data["train"], data["folds"]) == (N, 0, 0, 100, 5)
    assert data["models"] == ["small", "big"]
    assert data["categories"] == {"prove": 50, "say": 50, "sum": 50, "translate": 50}


def test_a_point_for_each_setting_with_intervals(found: dict[str, Any]) -> None:
    points = found["curves"][0]["points"]
    data = outcomes()
    assert [p["cost"]["value"] for p in points] == pytest.approx(
        [1000 * (1e-7 + share * (1e-5 - 1e-7)) for share in SHARES]
    )
    assert points[0]["quality"]["value"] == data.quality[:, 0].mean()
    assert points[-1]["quality"]["value"] == data.quality[:, 1].mean()
    for point in points:
        assert point["quality"]["low"] <= point["quality"]["value"] <= point["quality"]["high"]
        assert (point["calls"], point["failed"], point["latency_s"]) == (1.0, 0.0, 0.5)


def test_choices_and_outcomes_of_every_prompt_travel_packed(found: dict[str, Any]) -> None:
    data = outcomes()
    choices = unpacked(found["curves"][0]["choices"], "u1").reshape(len(SHARES), N)
    assert choices.mean(axis=1) == pytest.approx(SHARES)
    assert unpacked(found["cells"]["quality"], "<f4").tolist() == data.quality.ravel().tolist()
    category = unpacked(found["cells"]["category"], "<u2")
    assert [found["cells"]["categories"][i] for i in category] == data.categories.tolist()


def test_outcomes_of_several_calls_travel_too(found: dict[str, Any]) -> None:
    assert list(found["outcome_cells"]) == ["twice"]
    data = outcomes()
    assert unpacked(found["outcome_cells"]["twice"]["quality"], "<f4").tolist() == data.quality.max(axis=1).tolist()


def test_a_table_of_saving_and_loss_for_what_makes_several_calls(found: dict[str, Any]) -> None:
    plain, twice = found["curves"]
    assert plain["cascade"] is None
    (row,) = twice["cascade"]
    data = outcomes()
    wrong = (data.quality[:, 0] == 0).mean()
    assert row["value"] is None
    assert row["calls"]["value"] == pytest.approx(1 + wrong)
    assert row["escalated"]["value"] == pytest.approx(wrong)
    assert row["saved"]["value"] == pytest.approx(1 - (1e-7 + wrong * 1e-5) / 1e-5)
    assert row["lost"]["value"] == pytest.approx(data.quality[:, 1].mean() - data.quality.max(axis=1).mean())
    for name in ("calls", "escalated", "cost", "saved", "lost"):
        assert row[name]["low"] <= row[name]["value"] <= row[name]["high"]


def test_mix_calibration_latency_and_win_rate_are_those_of_the_best_setting(found: dict[str, Any]) -> None:
    curve = found["curves"][0]
    assert curve["best"] == best_setting(router(outcomes(), SHARES))
    for shares in curve["mix_by_category"].values():
        assert sum(shares.values()) == pytest.approx(1.0)
    assert sum(b["count"] for b in curve["calibration"]) == N
    assert sum(curve["latency"]["counts"]) == N
    assert curve["latency"]["mean"]["value"] == 0.5
    share = np.array(found["winrate"]["share"])
    assert share + share.T == pytest.approx(np.ones((2, 2)))


def test_an_unknown_latency_is_none_and_not_zero() -> None:
    data = recorded([[0.0, 1.0], [1.0, 1.0]] * 10, latency=np.full((20, 2), np.nan))
    (curve,) = document(judged(router(data, SHARES), data=data))["curves"]
    assert curve["latency"] is None
    assert curve["points"][0]["latency_s"] is None


def test_two_of_one_name_are_told_apart_by_what_was_asked() -> None:
    data = outcomes()
    tracks = [router(data, (s,), "mine") for s in (0.1, 0.5, 0.9)]
    given = [
        replace(t, entrant=replace(t.entrant, params=p)) for t, p in zip(tracks, ({"k": 5}, {"k": 9}, {}), strict=True)
    ]
    labels = [c["label"] for c in document(judged(*given, data=data))["curves"]]
    assert labels == ["mine (k=5)", "mine (k=9)", "mine"]
    twice = document(judged(tracks[0], tracks[0], data=data))["curves"]
    assert [c["label"] for c in twice] == ["mine #1", "mine #2"]


def test_prompts_that_one_strategy_lacks_are_left_out_for_all() -> None:
    data = outcomes()
    holes = cascade(data)
    quality = holes.quality.copy()
    quality[0, :30] = np.nan
    found = document(judged(router(data, SHARES), replace(holes, quality=quality), data=data))
    assert (found["data"]["prompts"], found["data"]["skipped"]) == (N - 30, 30)


def test_no_prompt_in_common_says_who_covers_what() -> None:
    data = outcomes()
    none = replace(cascade(data), quality=np.full((1, N), np.nan))
    with pytest.raises(BadInput, match=f"{N} by mine, 0 by twice"):
        judged(router(data, SHARES), none, data=data)


def test_a_model_that_stands_for_no_single_answer_is_named_so() -> None:
    data = outcomes()
    track = cascade(data)
    choices = track.choices.copy()
    choices[0, :8] = 255
    (curve,) = document(judged(replace(track, choices=choices), data=data))["curves"]
    assert curve["mix_by_category"]["sum"]["no single model"] == pytest.approx(2 / 50)
