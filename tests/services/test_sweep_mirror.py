"""A replay in W&B and trackio: a group, one run a setting, read back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.services.test_gate import data, drawn
from tests.services.wandb_files import read


def swept(home: Path, to: str) -> str:
    path = data(home, drawn(0.4, 60), drawn(0.7, 60, seed=1))
    asked = ("replay", "random", "--data", path, "--folds", "0", "--sweep", "floor=0.1:0.5:3", "--sync", to)
    done = run(home, *asked)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_sweep_is_a_group_of_one_run_a_setting(tmp_path: Path) -> None:
    said = swept(tmp_path, "wandb")
    assert "3 runs in the group made " in said
    found = [read(folder) for folder in sorted((tmp_path / "wandb").glob("offline-run-*"))]
    assert len(found) == 3
    assert len({one.run["group"] for one in found}) == 1
    assert [one.config["params"]["floor"] for one in found] == pytest.approx([0.1, 0.3, 0.5])
    assert all(
        0 <= one.summary["quality_low"] <= one.summary["quality"] <= one.summary["quality_high"] for one in found
    )
    assert {one.config["data"]["prompts"] for one in found} == {60}


def test_the_same_replay_goes_once(tmp_path: Path) -> None:
    swept(tmp_path, "wandb")
    assert "0 runs in the group made " in swept(tmp_path, "wandb")
    assert len(list((tmp_path / "wandb").glob("offline-run-*"))) == 3


def test_trackio_groups_it_too(tmp_path: Path) -> None:
    swept(tmp_path, "trackio")
    base = sqlite3.connect(tmp_path / "trackio" / "routing-workbench.db")
    configs = [json.loads(text) for (text,) in base.execute("select config from configs")]
    assert len({config["_Group"] for config in configs}) == 1
    assert sorted(config["params"]["floor"] for config in configs) == pytest.approx([0.1, 0.3, 0.5])
    assert len(configs) == 3
