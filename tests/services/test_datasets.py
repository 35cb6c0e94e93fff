from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from workbench.errors import BadInput
from workbench.services.datasets import coverage, listing, named


def test_data_sets_are_listed_with_what_they_hold_and_a_broken_one_with_its_problem(tmp_path: Path) -> None:
    toy.make(tmp_path)
    (tmp_path / "data" / "broken.parquet").write_bytes(b"no parquet")
    found = {one["name"]: one for one in listing(tmp_path)}
    assert {"reasoning", "toy", "broken"} <= set(found)
    one = found["toy"]
    assert (one["prompts"], one["outcomes"], one["failed"]) == (80, 240, 0)
    assert one["models"] == sorted(toy.MODELS)
    assert one["categories"] == sorted(toy.TOPICS)
    assert "cannot be read" in found["broken"]["problem"]


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    toy.make(tmp_path)
    assert coverage("toy", tmp_path)["prompts"] == 80
    toy.make(tmp_path, n=40)
    assert coverage("toy", tmp_path)["prompts"] == 40


def test_coverage_counts_every_model_and_category(tmp_path: Path) -> None:
    toy.make(tmp_path)
    cells = coverage("toy", tmp_path)["cells"]
    assert len(cells) == len(toy.MODELS) * len(toy.TOPICS)
    assert {cell["outcomes"] for cell in cells} == {20}


@pytest.mark.parametrize("name", ["gone", "../toy", "data/toy.parquet", ""])
def test_only_names_in_the_list_are_taken(tmp_path: Path, name: str) -> None:
    toy.make(tmp_path)
    with pytest.raises(BadInput, match="no data set named"):
        named(name, tmp_path)
