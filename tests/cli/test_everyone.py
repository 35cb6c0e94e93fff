"""Every strategy answers from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import everyone, toy
from tests.cli.command import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everyone.make(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", everyone.NAMES)
def test_answers_from_the_command_line(home: Path, name: str) -> None:
    params = [f"--param={key}={value}" for key, value in everyone.PARAMS.get(name, {}).items()]
    pool = ",".join(toy.MODELS)
    done = run(home, "ask", "prove that it is so", "--strategy", name, *params, "--pool", pool, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["model"] in toy.MODELS
    assert answer["text"]
    assert answer["why"]
