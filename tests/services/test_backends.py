from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import SyncError
from workbench.services.backends import TRACKIO, WANDB, backend
from workbench.settings import Settings


def settings(home: Path, **more: str) -> Settings:
    return Settings.from_env({"PATH": "/bin", "WORKBENCH_HOME": str(home), **more})


def test_each_has_a_folder_and_a_destination_of_its_own(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert (backend("wandb"), backend("trackio")) == (WANDB, TRACKIO)
    assert WANDB.folder(made) != TRACKIO.folder(made)
    assert WANDB.destination(made) != TRACKIO.destination(made)


def test_a_writer_gets_no_key_and_no_setting_of_the_service(tmp_path: Path) -> None:
    given = {"WANDB_API_KEY": "secret", "HF_TOKEN": "secret", "TRACKIO_SPACE_ID": "me/mine", "OPENAI_API_KEY": "secret"}
    for one in (WANDB, TRACKIO):
        passed = one.environ(settings(tmp_path, **given))
        assert "secret" not in passed.values()
        assert "TRACKIO_SPACE_ID" not in passed
        assert passed["PATH"] == "/bin"


def test_trackio_stays_offline_and_in_its_folder(tmp_path: Path) -> None:
    passed = TRACKIO.environ(settings(tmp_path))
    assert passed["HF_HUB_OFFLINE"] == "1"
    assert Path(passed["TRACKIO_DIR"]) == tmp_path / "trackio"


def test_an_unknown_one_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SyncError, match="there are wandb, trackio"):
        backend("mlflow")
