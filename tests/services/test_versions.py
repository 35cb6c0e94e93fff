"""What is told of a job's versions: their weights, what they came from, how far they moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.store.rows import later
from tests.weighed import NAME, weighed
from workbench.services.fit import Fits, FittedStrategies
from workbench.services.refit import Refits
from workbench.services.versions import learned
from workbench.store import open_store


@pytest.fixture
def refits(tmp_path: Path) -> Refits:
    with open_store(tmp_path) as store:
        return weighed(tmp_path, store, later(24 * 30))


def told(refits: Refits) -> Any:
    (found,) = learned(refits)
    return found


def test_every_change_is_listed_with_its_step_the_latest_first(refits: Refits) -> None:
    found = told(refits)
    assert (found["name"], found["version"], found["refit_days"]) == (NAME, 2, 7)
    assert [(one["version"], one["how"], one["from"]) for one in found["changes"]] == [
        (2, "refit", 1), (1, "refit", 0), (0, "refit", None)
    ]  # fmt: skip
    steps = [one["step"] for one in found["changes"]]
    assert steps[:2] == pytest.approx([0.1, 0.1])
    assert steps[2] is None
    assert found["due"] > found["changes"][0]["at"]


def test_versions_have_their_weights_and_say_what_they_learned_from(refits: Refits) -> None:
    versions = told(refits)["versions"]
    assert [one["version"] for one in versions] == [0, 1, 2]
    assert [one["weights"][""]["large"] for one in versions] == pytest.approx([0.5, 0.6, 0.7])
    assert versions[2]["weights"]["chat"]["large"] == pytest.approx(0.7)
    assert (versions[0]["data"], versions[0]["prompts"]) == (["votes and scores"], 40)


def test_going_back_is_a_change_with_a_step_of_its_own(refits: Refits) -> None:
    refits.rollback(NAME, to=0)
    found = told(refits)
    assert (found["version"], found["changes"][0]["how"]) == (0, "rollback")
    assert found["changes"][0]["step"] == pytest.approx(0.2)


def test_a_version_that_cannot_be_read_says_so_and_hides_no_other(refits: Refits) -> None:
    refits.kept(NAME, 0).unlink()
    refits.kept(NAME, 1).write_bytes(b"no archive")
    found = told(refits)
    assert found["versions"][0]["problem"] == "its file is gone"
    assert "cannot be read" in found["versions"][1]["problem"]
    assert found["versions"][2]["weights"][""]["large"] == pytest.approx(0.7)
    assert [one["step"] for one in found["changes"]] == [None, None, None]


def test_before_the_first_fit_there_is_nothing_to_tell(tmp_path: Path) -> None:
    found = told(Refits(FittedStrategies(Fits(tmp_path / "fits")), tmp_path))
    assert (found["version"], found["due"], found["versions"], found["changes"]) == (None, None, [], [])
