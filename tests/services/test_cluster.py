"""Work on this machine and on a Ray cluster of two: the same functions, the same results."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import toy
from workbench.errors import BadInput
from workbench.services.cluster import HERE, connected, machines

ROOT = Path(__file__).parents[2]
STRATEGIES = ("knn:k=5", "cascade:cheap=tiny,strong=large", "complexity", "random")


def test_pieces_are_done_in_order_each_when_it_is_asked_for() -> None:
    done: list[int] = []

    def work(shared: int, item: int) -> int:
        done.append(item)
        return shared * item

    results = HERE.map(work, 10, [3, 1, 2])
    assert done == []
    assert next(results) == 30
    assert done == [3]
    assert list(results) == [10, 20]
    assert HERE.together([lambda: "a", lambda: "b"]) == ["a", "b"]


def test_here_needs_nothing(tmp_path: Path) -> None:
    assert machines("here", tmp_path) is HERE


def test_without_ray_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(BadInput, match=r"Ray is not installed: pip install 'routing-workbench\[ray\]'"):
        machines("ray", tmp_path)


def test_without_a_cluster_it_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable:
        @staticmethod
        def is_initialized() -> bool:
            return False

        @staticmethod
        def init(**options: Any) -> None:
            raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(importlib, "import_module", lambda name: Unreachable)
    with pytest.raises(BadInput, match=r"Could not find any running Ray instance.*`ray start --head`"):
        connected()


def replayed(home: Path, env: dict[str, str], on: str, *more: str) -> Any:
    """What `workbench replay` says, without the time it took to decide."""
    command = [sys.executable, "-m", "workbench.cli", "replay", *STRATEGIES, "--data", "toy", "--folds", "3", "--json"]
    done = subprocess.run(
        [*command, "--on", on, *more],
        env={**env, "WORKBENCH_HOME": str(home), "WORKBENCH_CACHE": str(home / f"cache-{on}")},
        cwd=ROOT,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return untimed(json.loads(done.stdout))


def untimed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: untimed(one) for name, one in value.items() if name != "decision_us"}
    return [untimed(one) for one in value] if isinstance(value, list) else value


def test_a_replay_on_a_cluster_finds_the_same_bytes(tmp_path: Path, ray_cluster: dict[str, str]) -> None:
    toy.make(tmp_path)
    here, there = (replayed(tmp_path, ray_cluster, on) for on in ("here", "ray"))
    assert json.dumps(there) == json.dumps(here)
    assert len(here["curves"]) == len(STRATEGIES)


def test_what_goes_wrong_on_a_cluster_is_told_as_it_is_here(tmp_path: Path, ray_cluster: dict[str, str]) -> None:
    toy.make(tmp_path)
    command = [sys.executable, "-m", "workbench.cli", "replay", "knn", "--data", "toy", "--folds", "0"]
    import polars as pl

    file = tmp_path / "data" / "toy.parquet"
    pl.read_parquet(file).with_columns(split=pl.lit("test")).write_parquet(file)
    told = [
        subprocess.run(
            [*command, "--on", on],
            env={**ray_cluster, "WORKBENCH_HOME": str(tmp_path)},
            cwd=ROOT,
            capture_output=True,
            timeout=300,
            check=False,
        )
        for on in ("here", "ray")
    ]
    assert [done.returncode for done in told] == [1, 1]
    last = [done.stderr.decode().splitlines()[-1] for done in told]
    assert last[0] == last[1]
    assert "no prompt of this data set is marked train" in last[0]
