from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import BadInput
from workbench.settings import Settings, shipped


def test_without_an_environment_it_listens_on_loopback() -> None:
    settings = Settings.from_env({})
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.home.is_absolute()


def test_home_holds_the_database(tmp_path: Path) -> None:
    settings = Settings.from_env({"WORKBENCH_HOME": str(tmp_path)})
    assert settings.database == tmp_path / "workbench.duckdb"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env({"WORKBENCH_HOME": "here"}).home == tmp_path / "here"


def test_a_space_listens_to_the_outside_under_its_own_name() -> None:
    settings = Settings.from_env({"SPACE_ID": "me/it", "SPACE_HOST": "me-it.example.org", "PORT": "8000"})
    assert (settings.host, settings.port, settings.allowed_hosts) == ("0.0.0.0", 8000, ("me-it.example.org",))


@pytest.mark.parametrize("port", ["-1", "70000", "http", "7860.5", " ", "²"])
def test_a_bad_port_is_said(port: str) -> None:
    with pytest.raises(BadInput, match="PORT must be a whole number from 0 to 65535"):
        Settings.from_env({"PORT": port})


def test_secrets_are_not_printed() -> None:
    assert "sk-secret" not in repr(Settings.from_env({"OPENAI_API_KEY": "sk-secret"}))


def test_lists_are_separated_by_commas() -> None:
    assert Settings.from_env({"WORKBENCH_ALLOWED_HOSTS": "a.org, b.org,"}).allowed_hosts == ("a.org", "b.org")


def test_nothing_is_made_on_disk(tmp_path: Path) -> None:
    Settings.from_env({"WORKBENCH_HOME": str(tmp_path / "home"), "WORKBENCH_CACHE": str(tmp_path / "cache")})
    assert list(tmp_path.iterdir()) == []


def test_shipped_data_is_found() -> None:
    assert shipped("prompts.toml").is_file()


def test_the_embedder_is_the_one_within_unless_a_model_is_named() -> None:
    assert Settings.from_env({}).embedder == ""
    assert Settings.from_env({"WORKBENCH_EMBEDDER": "models/minilm"}).embedder == "models/minilm"


def test_the_key_of_a_vector_service_is_that_of_the_one_in_use() -> None:
    keys = {"QDRANT_API_KEY": "one", "PINECONE_API_KEY": "two"}
    for place, key in (("", None), ("memory", None), ("qdrant:http://127.0.0.1:6333", "one"), ("pinecone:host", "two")):
        settings = Settings.from_env({"WORKBENCH_VECTORS": place, **keys})
        assert (settings.vectors, settings.vectors_key) == (place, key)
