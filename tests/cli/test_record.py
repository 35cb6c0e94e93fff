"""`workbench record` as users run it, on scripted models."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, document, environ, run
from workbench.cli.record import line
from workbench.outcomes import read
from workbench.services.record import Progress

CATALOG = """
[[models]]
id = "quick"
provider = "scripted"
price_in = 1.0
price_out = 2.0
nominal = true
options = { text = "hello there" }
[[models]]
id = "broken"
provider = "scripted"
options = { fault = "500" }
[[models]]
id = "slow"
provider = "scripted"
options = { text = "hello there", latency_s = 0.1 }
[[models]]
id = "scorer"
provider = "scripted"
capabilities = ["json"]
price_in = 1.0
options = { text = '{"reason": "fine", "accuracy": 5, "helpfulness": 5, "safety": 5}' }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "suites").mkdir(parents=True)
    (folder / "models.toml").write_text(CATALOG, encoding="utf-8")
    asked = [
        {"id": f"q{i:02}", "category": "x", "prompt": f"Say {i}.", "reference": "hello", "grader": "contains"}
        for i in range(30)
    ]
    (folder / "suites" / "mine.jsonl").write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    return folder


def test_a_recording_is_a_data_set_that_can_be_replayed_at_once(home: Path) -> None:
    found = document(home, "record", "mine", "--models", "quick,broken", "--limit", "10")
    assert (found["outcomes"], found["failed"], found["quality"]) == (20, 10, 0.5)
    frame = read(home / "data" / "mine.parquet").frame
    assert set(frame["cost_basis"]) == {"nominal", "list_price"}
    assert frame.filter(frame["model"] == "broken")["error"].str.starts_with("server: ").all()
    replayed = document(home, "replay", "cheapest", "--data", "mine", "--folds", "2")
    assert replayed["data"]["prompts"] == 10
    listed = document(home, "data", "mine")
    assert {(row["model"], row["failed"]) for row in listed} == {("quick", 0), ("broken", 10)}


def test_the_same_command_asks_nothing_again(home: Path) -> None:
    one = run(home, "record", "mine", "--models", "quick", "--limit", "5")
    assert one.returncode == 0, one.stderr
    began = (home / "recordings" / "mine.jsonl").read_bytes()
    two = run(home, "record", "mine", "--models", "quick", "--limit", "5")
    assert two.returncode == 0
    assert (home / "recordings" / "mine.jsonl").read_bytes() == began
    assert "5 outcomes, 0 failed" in two.stdout


def test_another_setting_under_the_same_name_is_refused_with_the_mend(home: Path) -> None:
    run(home, "record", "mine", "--models", "quick", "--limit", "5")
    done = run(home, "record", "mine", "--models", "quick", "--limit", "5", "--max-tokens", "9")
    assert done.returncode == 1
    assert "give this one another --name, or delete that file" in done.stderr
    assert run(home, "record", "mine", "--models", "quick", "--limit", "5", "--name", "b").returncode == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nothing"], "no suite named 'nothing'; there are"),
        (["mine", "--models", "nobody"], "nobody"),
        (["mine", "--models", "quick", "--name", "../up"], "must be a plain name"),
    ],
)
def test_a_mistake_is_told(home: Path, args: list[str], said: str) -> None:
    done = run(home, "record", *args)
    assert done.returncode == 1
    assert said in done.stderr


def test_ctrl_c_keeps_what_was_answered_and_the_same_command_finishes_it(home: Path) -> None:
    command = [*COMMAND, "record", "mine", "--models", "slow", "--json"]
    journal = home / "recordings" / "mine.jsonl"
    with subprocess.Popen(
        command, env=environ(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as first:
        deadline = time.monotonic() + 60
        while (not journal.exists() or journal.read_bytes().count(b"\n") < 5) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGINT)
        _, told = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Traceback" not in told
    kept = journal.read_bytes()
    assert read(home / "data" / "mine.parquet").frame.height == kept.count(b"\n") - 1
    done = subprocess.run(command, env=environ(home), capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["outcomes"] == 30
    assert journal.read_bytes().startswith(kept)
    assert journal.read_bytes().count(b"\n") == 31


def test_progress_tells_rate_and_time_left() -> None:
    progress = Progress(100, done=40, failed=2, right=30.0, cost_usd=0.5, before=20)
    progress.began = time.monotonic() - 10
    said = line(progress)
    assert said.startswith("40 of 100  75.0% right  2 failed  $0.5000  2.0")
    assert said.endswith(("/s  0:29 left", "/s  0:30 left"))
    assert "left" not in line(Progress(100))


def test_a_judge_is_named_and_admitted_before_anything_is_asked(home: Path) -> None:
    (home / "suites" / "open.jsonl").write_text(
        json.dumps({"id": "o", "category": "x", "prompt": "Tell.", "grader": "judge"}), encoding="utf-8"
    )
    assert "with --judge MODEL" in run(home, "record", "open", "--models", "quick").stderr
    assert "leave out --judge" in run(home, "record", "mine", "--models", "quick", "--judge", "scorer").stderr
    unmeasured = run(home, "record", "open", "--models", "quick", "--judge", "scorer")
    assert unmeasured.returncode == 1
    assert "workbench judge agreement --votes NAME --model scorer" in unmeasured.stderr
    assert not (home / "recordings").exists()
    asked = ("record", "open", "--models", "quick", "--judge", "scorer", "--unmeasured")
    told = run(home, *asked)
    assert "scorer judged 1 answer for $0.0" in told.stdout
    assert "counted apart" in told.stdout
    found = document(home, *asked)
    assert (found["quality"], found["about"]["judge"], found["about"]["judge_agreement"]) == (1.0, "scorer", "{}")
    assert 0 < found["cost_usd"] < float(found["about"]["judge_cost_usd"])


def test_samples_are_asked_of_the_models_named_at_a_temperature(home: Path) -> None:
    asked = ("record", "mine", "--models", "quick,slow", "--limit", "3")
    assert "give --temperature 0.7" in run(home, *asked, "--samples", "quick=3").stderr
    assert "--samples names huge" in run(home, *asked, "--samples", "huge=3", "--temperature", "0.7").stderr
    assert run(home, *asked, "--samples", "quick=1").returncode == 2
    found = document(home, *asked, "--samples", "quick=3", "--temperature", "0.7")
    assert (found["outcomes"], json.loads(found["about"]["samples"])) == (6, {"quick": 3})
    frame = read(home / "data" / "mine.parquet").frame
    assert frame.filter(frame["model"] == "quick")["confidence"].to_list() == [0.0] * 3
