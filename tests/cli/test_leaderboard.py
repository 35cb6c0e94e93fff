"""`workbench export` of predictions as users run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import toy
from tests.cli.command import document, run


@pytest.mark.parametrize("board", ["routerarena", "routerbench", "llmrouterbench"])
def test_predictions_are_written_into_a_folder(tmp_path: Path, board: str) -> None:
    toy.make(tmp_path)
    found = document(
        tmp_path, "export", board, "--strategy", "fixed:model=large", "--data", "toy", "--out", str(tmp_path / "out")
    )
    assert found["strategy"] == "fixed"
    assert found["files"]
    for file in found["files"]:
        assert Path(file).is_relative_to(tmp_path / "out")
        assert Path(file).stat().st_size > 0


def test_a_strategy_and_a_folder_are_asked_for(tmp_path: Path) -> None:
    done = run(tmp_path, "export", "routerarena", "--data", "toy")
    assert done.returncode == 1
    assert "an export for routerarena needs --strategy NAME and --out FOLDER" in done.stderr
