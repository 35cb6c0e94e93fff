from __future__ import annotations

from collections import Counter

import pytest

from workbench.bench.complexity import LABELS, PARTS, labelled, measure


def test_the_rules_agree_with_people_on_prompts_they_were_not_set_on() -> None:
    figures = measure()
    assert figures["test"]["accuracy"] >= 0.85
    assert figures["train"]["accuracy"] >= 0.9
    for part in PARTS:
        matrix = figures[part]["matrix"]
        assert sum(sum(row.values()) for row in matrix.values()) == figures[part]["prompts"]


@pytest.mark.parametrize("part", PARTS)
def test_every_label_has_enough_prompts(part: str) -> None:
    rows = labelled(part)
    counts = Counter(row["label"] for row in rows)
    assert set(counts) == set(LABELS)
    assert min(counts.values()) >= 50
    assert len({row["id"] for row in rows}) == len(rows)


def test_no_prompt_is_in_both_parts() -> None:
    texts = [{" ".join(row["text"].lower().split()) for row in labelled(part)} for part in PARTS]
    assert not texts[0] & texts[1]
    assert sum(map(len, texts)) >= 300
