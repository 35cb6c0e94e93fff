"""`workbench experiment` as users run it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.services.test_gate import data, drawn
from tests.services.trial import suite
from workbench.settings import Settings, shipped
from workbench.weights import described, pull

MODELS = """
[[models]]
id = "small"
provider = "scripted"
price_in = 1.0
price_out = 2.0
options = { text = "hello" }
[[models]]
id = "big"
provider = "scripted"
price_in = 10.0
price_out = 20.0
options = { text = "good day" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "models.toml").write_text(MODELS, encoding="utf-8")
    lines = "\n".join(json.dumps(line) for line in suite(12).lines)
    (tmp_path / "mine.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def begun(home: Path, *more: str) -> list[str]:
    return [
        "experiment",
        "run",
        "first",
        "fixed:model=small",
        "fixed:model=big",
        "--suite",
        str(home / "mine.jsonl"),
        *more,
    ]


def test_run_reports_and_the_report_comes_again_byte_for_byte(home: Path) -> None:
    made = run(home, *begun(home))
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("# first\n")
    assert "every case is answered" in made.stderr
    first, second = run(home, "experiment", "report", "first"), run(home, "experiment", "report", "first")
    assert first.stdout == second.stdout == made.stdout
    (bandit,) = json.loads(run(home, "strategies", "bandit", "--json").stdout)
    assert bandit["fitted"]["params"]["discount"] == 0.9995  # it has heard of the grades
    one, two = (run(home, "experiment", "report", "first", "--json").stdout for _ in range(2))
    assert one == two
    assert json.loads(one)["answered"] == 12


def test_options_reach_the_experiment(home: Path) -> None:
    done = run(
        home,
        *begun(
            home,
            "--assign",
            "prompt",
            "--shares",
            "0.75,0.25",
            "--seed",
            "5",
            "--limit",
            "8",
            "--guard",
            "cost=0.01",
            "--json",
        ),
    )
    found = json.loads(done.stdout)
    assert (found["assign"], found["seed"], found["cases"]) == ("prompt", 5, 8)
    assert [one["share"] for one in found["strategies"]] == [0.75, 0.25]
    assert {one["watches"] for one in found["guards"]} == {"cost"}


def test_list_shows_what_there_is(home: Path) -> None:
    assert json.loads(run(home, "experiment", "list", "--json").stdout) == []
    run(home, *begun(home))
    listed = run(home, "experiment", "list")
    assert "first" in listed.stdout
    assert "12" in listed.stdout


def test_plan_takes_a_pilot_or_numbers(home: Path) -> None:
    path = data(home, drawn(0.5), drawn(0.7, seed=1))
    piloted = run(
        home,
        "experiment",
        "plan",
        "fixed:model=small",
        "fixed:model=big",
        "--data",
        path,
        "--difference",
        "0.05",
        "--json",
    )
    numbers = run(home, "experiment", "plan", "--difference", "0.05", "--sd", "0.6", "--cost", "0.001,0.01")
    assert json.loads(piloted.stdout)["usd_a_prompt"] == pytest.approx(1.1e-5)
    assert "To see 5 points with 80% power" in numbers.stdout
    neither = run(home, "experiment", "plan", "--difference", "0.05")
    assert neither.returncode == 1
    assert "--sd 0.5" in neither.stderr


def test_mistakes_are_told_with_their_mend(home: Path) -> None:
    assert "experiment run NAME" in run(home, "experiment", "report", "nosuch").stderr
    assert "another seed" in (run(home, *begun(home)), run(home, *begun(home, "--seed", "1")))[1].stderr
    assert run(home, *begun(home, "--guard", "errors")).returncode == 2


@pytest.mark.models
@pytest.mark.network  # the first run on a machine fetches the weights
def test_an_experiment_on_the_real_small_model(tmp_path: Path) -> None:
    settings = Settings.from_env(os.environ)
    pull(described(shipped("weights.toml"))["smollm2-135m"], settings.weights, environ=os.environ)
    asked = ["experiment", "run", "real", "fixed:model=smollm2-135m", "cheapest", "--suite", "smoke", "--limit", "4"]
    asked += ["--pool", "smollm2-135m", "--assign", "prompt", "--seed", "1", "--max-tokens", "24", "--at-once", "1"]
    done = run(tmp_path, *asked, "--json", WORKBENCH_CACHE=str(settings.cache), WORKBENCH_THREADS="1")
    found = json.loads(done.stdout)
    assert found["answered"] == 4, done.stderr
    assert sum(one["n"] for one in found["strategies"]) == 4
    assert all(one["failed"]["value"] == 0 and one["nominal"] for one in found["strategies"] if one["n"])
    again = run(tmp_path, "experiment", "report", "real", "--json")
    assert json.loads(again.stdout)["strategies"] == found["strategies"]
