"""Rubrics as data: what ships, what a score is made of, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import policy
from workbench.errors import BadInput
from workbench.services.rubric import rubric

OWN = """
version = 3
[criteria.brevity]
weight = 3
asks = "Is it short?"
levels = ["no", "yes"]
[criteria.truth]
weight = 1
asks = "Is it true?"
levels = ["no", "yes"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    policy.use(tmp_path)
    (tmp_path / "rubrics").mkdir()
    yield tmp_path / "rubrics"
    policy.use(None)


def test_the_shipped_rubric_scores_accuracy_helpfulness_and_safety_from_nought_to_one() -> None:
    shipped = rubric("answers")
    assert [c.name for c in shipped.criteria] == ["accuracy", "helpfulness", "safety"]
    assert (shipped.version, shipped.top) == (1, 5)
    assert shipped.quality(dict.fromkeys(("accuracy", "helpfulness", "safety"), 1)) == 0
    assert shipped.quality(dict.fromkeys(("accuracy", "helpfulness", "safety"), 5)) == pytest.approx(1)
    assert shipped.quality({"accuracy": 5, "helpfulness": 3, "safety": 1}) == pytest.approx(0.5 + 0.175)


def test_a_users_own_rubric_has_its_own_criteria_weights_and_key(folder: Path) -> None:
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    own = rubric("own")
    assert own.quality({"brevity": 2, "truth": 1}) == 0.75
    assert own.stamp == {"rubric": "own", "rubric_version": 3, "rubric_key": own.key}
    assert own.key != rubric("answers").key
    assert "Is it short?\n  1: no\n  2: yes" in str(own)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("version = 3", ""), "needs a version"),
        (("weight = 3", "weight = -1"), "weight of 0 or more"),
        (('levels = ["no", "yes"]', 'levels = ["no"]'), "two or more"),
        (("[criteria.truth]", "[criteria.truth]\nother = 1"), "no key 'other'"),
    ],
)
def test_a_rubric_that_says_too_little_is_refused_by_name(folder: Path, changed: tuple[str, str], told: str) -> None:
    (folder / "poor.toml").write_text(OWN.replace(*changed), encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        rubric("poor")
