"""Live experiments in W&B and trackio: what was written is read back."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.services.trial import TWO, conduct, plan, suite
from workbench import __version__
from workbench.errors import SyncError
from workbench.services.sync import Synced, sync
from workbench.settings import Settings
from workbench.store import open_store

from .wandb_files import Written, read


def settings(home: Path, **more: str) -> Settings:
    passed = {"PATH": os.environ["PATH"], "HOME": str(home / "user"), "OPENAI_API_KEY": "sk-nobody-may-see"}
    return Settings.from_env({**passed, "WORKBENCH_HOME": str(home), **more})


def mirrored(home: Path, to: str = "wandb", **options: Any) -> list[Synced]:
    async def run() -> list[Synced]:
        with open_store(home) as store:
            return await sync(store, settings(home), to=to, **options)

    return asyncio.run(run())


def written(home: Path, **options: Any) -> Written:
    (synced,) = mirrored(home, **options)
    assert synced.folder is not None
    return read(synced.folder)


def test_an_experiment_is_one_run_with_its_specs_seed_and_version(tmp_path: Path) -> None:
    asked = plan(seed=5, guards={"errors": 0.5}, note="is big worth it?")
    conduct(tmp_path, asked)
    found = written(tmp_path)
    assert found.run["id"] == asked.id
    assert found.run["name"] == "first"
    assert found.run["tags"] == ["experiment"]
    about = found.config["experiment"]
    assert (about["seed"], about["suite_key"], about["workbench"]) == (5, suite().key, __version__)
    strategies = found.config["strategies"]
    assert [strategies[name]["key"] for name in ("fixed", "fixed-2")] == [arm.spec.key for arm in asked.arms]
    assert strategies["fixed-2"]["params"] == {"model": "big"}
    assert found.config["stop_rules"] == {"errors": 0.5}
    assert found.exit_code == 0


def test_curves_summary_and_disagreements_are_those_of_the_report(tmp_path: Path) -> None:
    _, made = conduct(tmp_path, plan())
    found = written(tmp_path)
    (one,) = made["comparisons"]
    rows = [row for row in found.history if "difference/fixed-2 - fixed" in row]
    assert [row["observations"] for row in rows] == [look["n"] for look in one["path"]]
    assert [row["low/fixed-2 - fixed"] for row in rows] == [look["low"] for look in one["path"]]
    assert found.axes["difference/fixed-2 - fixed"] == "observations"
    assert found.summary["fixed/quality"] == 1.0
    assert found.summary["difference/fixed-2 - fixed_high"] == one["difference"]["high"]
    assert found.summary["shown/fixed-2 - fixed"] == one["shown"]
    assert len(found.tables["disagreements"]) == 12
    assert {row["text"] for row in found.tables["disagreements"]} == {"I say hello", "Good day"}


def test_cases_and_outcomes_are_artifacts(tmp_path: Path) -> None:
    asked = plan()
    conduct(tmp_path, asked)
    found = written(tmp_path)
    kinds = {one["type"]: one for one in found.artifacts}
    assert kinds["dataset"]["metadata"]["suite_key"] == suite().key
    assert kinds["dataset"]["metadata"]["rows"] == 6
    assert kinds["outcomes"]["metadata"]["rows"] == 12
    assert [kinds[kind]["files"] for kind in ("dataset", "outcomes")] == [["cases.jsonl"], ["outcomes.jsonl"]]


def test_nothing_goes_twice_and_what_grew_goes_on_where_it_was(tmp_path: Path) -> None:
    cut = {"budget_usd": 0.003}
    asked = plan(asked=suite(40))
    part = conduct(tmp_path, asked, at_once=1, **cut)[1]
    first = written(tmp_path)
    assert 0 < part["answered"] < 40
    assert mirrored(tmp_path) == [] or not mirrored(tmp_path)[0].folder
    _, whole = conduct(tmp_path, asked)
    second = written(tmp_path)
    assert whole["answered"] == 40
    seen = [[row["observations"] for row in one.history if "observations" in row] for one in (first, second)]
    assert max(seen[0]) == part["answered"]
    assert min(seen[1]) > part["answered"]
    assert max(seen[1]) == 40
    assert min(row["_step"] for row in second.history) > max(row["_step"] for row in first.history)


def test_one_is_mirrored_by_its_name(tmp_path: Path) -> None:
    conduct(tmp_path, plan(name="first"))
    conduct(tmp_path, plan(name="second"))
    (synced,) = mirrored(tmp_path, experiment="second")
    assert synced.name == "second"
    assert synced.text.startswith("second: 6 cases, 12 answers; offline in ")
    with pytest.raises(SyncError, match="no experiment"):
        mirrored(tmp_path, experiment="nosuch")


class Trackio:
    """What trackio keeps of a project, read from its database."""

    def __init__(self, home: Path) -> None:
        self.base = sqlite3.connect(home / "trackio" / "routing-workbench.db")

    @property
    def configs(self) -> dict[str, dict[str, Any]]:
        return {name: json.loads(text) for name, text in self.base.execute("select run_name, config from configs")}

    def rows(self, name: str) -> list[dict[str, Any]]:
        found = self.base.execute("select metrics from metrics where run_name = ? order by step, id", (name,))
        return [json.loads(text) for (text,) in found]

    @property
    def artifacts(self) -> set[tuple[str, str]]:
        return set(self.base.execute("select name, type from artifacts"))


def test_trackio_keeps_the_same_experiment_in_its_own_database(tmp_path: Path) -> None:
    asked = plan(seed=5)
    _, made = conduct(tmp_path, asked)
    (synced,) = mirrored(tmp_path, "trackio")
    assert synced.folder == tmp_path / "trackio"
    assert "trackio show" in synced.text
    found = Trackio(tmp_path)
    ((name, config),) = found.configs.items()
    assert name == f"first {asked.id[:8]}"
    assert config["experiment"]["seed"] == 5
    assert config["strategies"]["fixed"]["key"] == asked.arms[0].spec.key
    rows = found.rows(name)
    drawn = [row["difference/fixed-2 - fixed"] for row in rows if "difference/fixed-2 - fixed" in row]
    assert drawn == [look["value"] for look in made["comparisons"][0]["path"]]
    assert rows[-1]["summary/fixed/quality"] == 1.0
    tables = [row["disagreements"]["_value"] for row in rows if "disagreements" in row]
    assert len(tables[-1]) == 12
    assert {kind for _, kind in found.artifacts} == {"dataset", "outcomes"}


def test_trackio_has_one_run_of_an_experiment_that_grew(tmp_path: Path) -> None:
    asked = plan(asked=suite(20))
    conduct(tmp_path, asked, at_once=1, budget_usd=0.003)
    mirrored(tmp_path, "trackio")
    conduct(tmp_path, asked)
    mirrored(tmp_path, "trackio")
    assert not [one for one in mirrored(tmp_path, "trackio") if one.folder]
    found = Trackio(tmp_path)
    (name,) = found.configs
    seen = [row["observations"] for row in found.rows(name) if "observations" in row]
    assert seen == list(range(1, 21))


def test_both_backends_may_hold_it_and_no_key_reaches_either(tmp_path: Path) -> None:
    conduct(tmp_path, plan([*TWO, ("random", {})]))
    assert mirrored(tmp_path, "trackio")[0].folder
    assert mirrored(tmp_path, "wandb")[0].folder
    for folder in ("wandb", "trackio"):
        for file in (tmp_path / folder).rglob("*"):
            assert not file.is_file() or b"sk-nobody-may-see" not in file.read_bytes()


def test_an_unknown_backend_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match="there are wandb, trackio"):
        mirrored(tmp_path, "elsewhere")
