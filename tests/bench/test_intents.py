from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from workbench.bench.intents import GRID, PARTS, Judged, fit, judged, labelled, measure
from workbench.decisions import OTHER
from workbench.embed import shared
from workbench.minilm import MiniLM
from workbench.settings import shipped


@pytest.fixture(scope="module")
def dev() -> Judged:
    return judged("dev")


def test_intents_are_told_apart_on_prompts_the_thresholds_were_not_fitted_on() -> None:
    figures = measure()["test"]
    assert figures["of_an_intent"] >= 200
    assert figures["accuracy"] >= 0.9
    assert figures["accuracy_low"] < figures["accuracy"] < figures["accuracy_high"]
    assert min(figures["other_precision"], figures["other_recall"]) >= 0.8
    assert figures["other_auroc"] >= 0.95
    assert sum(sum(row.values()) for row in figures["matrix"].values()) == figures["prompts"] >= 250


def test_the_committed_thresholds_are_those_that_the_dev_part_gives(dev: Judged) -> None:
    kept = json.loads(shipped("intents/thresholds.json").read_text(encoding="utf-8"))
    assert kept["embedder"] == MiniLM.name
    assert fit(dev) == pytest.approx(kept["thresholds"], abs=0.0051)


def test_a_threshold_has_the_fewest_errors_between_what_is_right_and_what_is_not() -> None:
    likeness = np.array([[0.5, 0.1, 0.0], [0.45, 0.1, 0.0], [0.3, 0.1, 0.0], [0.1, 0.6, 0.0], [0.1, 0.2, 0.7]])
    label = np.array([0, 0, 2, 1, 2])
    found = fit(Judged(("sums", "songs", OTHER), likeness, label, label))
    assert set(found) == {"sums", "songs"}
    assert 0.3 < found["sums"] <= 0.45
    assert found["sums"] in GRID


@pytest.mark.parametrize("part", PARTS)
def test_every_intent_has_enough_prompts(part: str) -> None:
    rows = labelled(part)
    counts = Counter(row["intent"] for row in rows)
    assert len(counts) == 9
    assert min(counts.values()) >= 25
    assert len({row["id"] for row in rows}) == len(rows)


def test_no_test_prompt_is_a_dev_prompt_or_nearly_an_utterance() -> None:
    import tomllib

    tables = tomllib.loads(shipped("intents.toml").read_text(encoding="utf-8"))
    assert len(tables) == 9
    assert all(len(table["utterances"]) >= 12 for table in tables.values())
    texts = [{" ".join(row["text"].lower().split()) for row in labelled(part)} for part in PARTS]
    assert not texts[0] & texts[1]
    embed = shared().embed
    utterances = embed([text for table in tables.values() for text in table["utterances"]])
    assert (embed([row["text"] for row in labelled("test")]) @ utterances.T).max() < 0.93
