"""Recording from the machines of a cluster: the same rows, asked once each, kept by the one that drives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parents[2]
CATALOG = """
[[models]]
id = "right"
provider = "scripted"
price_in = 1.0
price_out = 2.0
options = { text = "hello there", latency_s = 0.02 }
[[models]]
id = "broken"
provider = "scripted"
options = { fault = "500" }
"""
TIMES = ("latency_ms", "ttft_ms")


def prepared(home: Path, cases: int) -> Path:
    home.mkdir()
    (home / "models.toml").write_text(CATALOG, encoding="utf-8")
    line: dict[str, Any] = {"category": "x", "reference": "hello", "grader": "contains"}
    suite = home / "mine.jsonl"
    lines = [json.dumps({"id": f"q{i:03}", "prompt": f"Say {i}.", **line}) for i in range(cases)]
    suite.write_text("\n".join(lines), encoding="utf-8")
    return suite


def command(suite: Path, on: str, models: str = "right,broken") -> list[str]:
    return [sys.executable, "-m", "workbench.cli", "record", str(suite), "--models", models, "--on", on, "--json"]


def test_a_recording_on_a_cluster_keeps_the_same_rows(tmp_path: Path, ray_cluster: dict[str, str]) -> None:
    """All but the times, which are measured."""
    frames = []
    for on in ("here", "ray"):
        suite = prepared(tmp_path / on, 12)
        env = {**ray_cluster, "WORKBENCH_HOME": str(tmp_path / on)}
        done = subprocess.run(command(suite, on), env=env, cwd=ROOT, capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert json.loads(done.stdout)["failed"] == 12
        frames.append(pl.read_parquet(tmp_path / on / "data" / "mine.parquet"))
    here, there = (frame.drop(TIMES) for frame in frames)
    assert there.equals(here)
    assert there.filter(model="right")["quality"].to_list() == [1.0] * 12
    assert (frames[1].filter(model="right")["latency_ms"] >= 15).all()


def test_a_killed_recording_on_a_cluster_goes_on_and_asks_nothing_twice(
    tmp_path: Path, ray_cluster: dict[str, str]
) -> None:
    suite = prepared(tmp_path / "home", 200)
    journal = tmp_path / "home" / "recordings" / "mine.jsonl"
    env = {**ray_cluster, "WORKBENCH_HOME": str(tmp_path / "home")}
    null = subprocess.DEVNULL
    with subprocess.Popen(command(suite, "ray", "right"), env=env, cwd=ROOT, stdout=null, stderr=null) as first:
        deadline = time.monotonic() + 120
        while (not journal.exists() or journal.read_bytes().count(b"\n") < 8) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(first.pid, signal.SIGKILL)
    kept = journal.read_bytes()
    kept = kept[: kept.rindex(b"\n") + 1]
    assert 8 <= kept.count(b"\n") < 201
    done = subprocess.run(
        command(suite, "ray", "right"), env=env, cwd=ROOT, capture_output=True, timeout=300, check=True
    )
    assert json.loads(done.stdout)["outcomes"] == 200
    assert journal.read_bytes().startswith(kept)
    assert journal.read_bytes().count(b"\n") == 201


def test_keys_stay_on_the_machine_that_has_them(tmp_path: Path, ray_cluster: dict[str, str]) -> None:
    """The driver's environment does not travel: a model whose key only the driver has is refused where it is asked."""
    suite = prepared(tmp_path / "home", 1)
    hosted = '[[models]]\nid = "hosted"\nprovider = "openai"\nendpoint = "http://127.0.0.1:9/v1"\nkey = "TEST_ONLY_API_KEY"\nprice_in = 1\nprice_out = 1\n'
    (tmp_path / "home" / "models.toml").write_text(hosted, encoding="utf-8")
    env = {**ray_cluster, "WORKBENCH_HOME": str(tmp_path / "home"), "TEST_ONLY_API_KEY": "sk-secret"}
    done = subprocess.run(
        command(suite, "ray", "hosted"), env=env, cwd=ROOT, capture_output=True, timeout=300, check=False
    )
    assert b"sk-secret" not in done.stdout + done.stderr
    row = json.loads((tmp_path / "home" / "recordings" / "mine.jsonl").read_text(encoding="utf-8").splitlines()[1])
    assert row["error"].startswith("auth")
