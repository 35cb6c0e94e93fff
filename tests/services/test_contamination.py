"""Contaminated prompts of a data set: by its own split, or by the folds a replay would make."""

from __future__ import annotations

import numpy as np

from tests.recordings import recorded
from workbench.recorded import Recorded
from workbench.services.contamination import contamination, own_parts

TEXTS = (
    "How many eggs do four hens lay in a week?",
    "how many eggs  do four hens lay in a week?",
    "Translate this letter into French, please.",
    "Name the capital of Norway.",
    "How many eggs do five hens lay in one week?",
    "Write a haiku about an old pond.",
)


def data(*splits: str) -> Recorded:
    return recorded(
        np.full((len(TEXTS), 2), 0.5), prompts=list(TEXTS), splits=np.array(splits or ("",) * 6, dtype=object)
    )


def test_a_split_is_judged_against_what_it_marks_train() -> None:
    held = data("train", "test", "train", "test", "test", "test")
    parts, how = own_parts(held)
    found = contamination(held, parts, threshold=0.9)
    assert how == "its own split"
    assert (found["judged"], found["contaminated"], found["equal"]) == (4, 2, 1)
    assert [(p["query_id"], p["like"], p["equal"]) for p in found["pairs"]] == [
        ("q0001", "q0000", True),
        ("q0004", "q0000", False),
    ]
    assert found["pairs"][0]["prompt"] == TEXTS[1]


def test_without_a_split_every_prompt_is_judged_by_the_other_folds() -> None:
    parts, how = own_parts(data())
    found = contamination(data(), parts)
    assert how == "5 folds"
    assert found["judged"] == 6
    assert {p["query_id"] for p in found["pairs"]} <= {"q0000", "q0001", "q0004"}
    assert found["contaminated"] >= 2


def test_a_template_that_all_share_makes_no_prompt_contaminated() -> None:
    head = "Answer with one letter, without an explanation of any kind, and nothing else.\n" * 3
    topics = (
        "the sea",
        "a violin",
        "tax law",
        "photosynthesis",
        "Rome",
        "knitting",
        "quarks",
        "bread",
        "chess",
        "rain",
    )
    held = recorded(np.full((10, 2), 0.5), prompts=[f"{head}Tell me of {topic}." for topic in topics])
    assert contamination(held, own_parts(held)[0])["contaminated"] == 0


def test_one_prompt_has_nothing_to_be_judged_by() -> None:
    held = recorded([[1.0, 1.0]], splits=np.array([""], dtype=object))
    assert own_parts(held) == ([], "one prompt")
    assert contamination(held, [])["judged"] == 0
