from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from workbench import policy
from workbench.catalog import Catalog
from workbench.safety import names
from workbench.services.doctor import Check, diagnose, sound
from workbench.settings import Settings, shipped

HOLDER = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


def diagnosed(tmp_path: Path, **environ: str) -> dict[str, Check]:
    settings = Settings.from_env(
        {"WORKBENCH_HOME": str(tmp_path / "home"), "WORKBENCH_CACHE": str(tmp_path / "cache")} | environ
    )
    catalog = Catalog.load([shipped("models.toml")], settings.environ)
    return {c.name: c for c in diagnose(settings, catalog)}


def test_a_fresh_machine_is_told_to_pull_models_and_nothing_is_made_by_asking(tmp_path: Path) -> None:
    checks = diagnosed(tmp_path)
    assert checks["python"].ok
    assert checks["home"].ok
    assert "made on first use" in checks["home"].detail
    assert checks["database"].ok
    assert not checks["models"].ok
    assert "models pull" in checks["models"].mend
    assert not checks["weights smollm2-135m"].ok
    assert not sound(list(checks.values()))
    assert list(tmp_path.iterdir()) == []


def test_every_failed_check_names_a_mend_or_a_reason_that_does(tmp_path: Path) -> None:
    for check in diagnosed(tmp_path).values():
        assert check.ok or check.mend or "set " in check.detail or "run `" in check.detail, check


def test_a_key_makes_its_models_usable_and_is_never_printed(tmp_path: Path) -> None:
    checks = diagnosed(tmp_path, GROQ_API_KEY="gsk_very_secret", WANDB_API_KEY="wandb-secret")
    assert checks["key GROQ_API_KEY"].ok
    assert not checks["key OPENAI_API_KEY"].ok
    assert checks["model groq/gpt-oss-20b"].ok
    assert "OPENAI_API_KEY" in checks["model gpt-4.1-mini"].detail
    assert checks["wandb"].detail.startswith("online")
    assert sound(list(checks.values()))
    assert "secret" not in repr(checks)


def test_wandb_is_offline_without_a_key_or_when_asked(tmp_path: Path) -> None:
    assert diagnosed(tmp_path)["wandb"].detail.startswith("offline")
    asked = diagnosed(tmp_path, WANDB_API_KEY="k", WANDB_MODE="offline")
    assert asked["wandb"].detail.startswith("offline")


def test_a_folder_that_cannot_be_written_is_named_with_its_variable(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    check = diagnosed(tmp_path, WORKBENCH_HOME=str(file / "home"))["home"]
    assert not check.ok
    assert "WORKBENCH_HOME" in check.mend


def test_a_database_is_openable_or_owned_or_broken(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    path = home / "workbench.duckdb"
    duckdb.connect(str(path)).close()
    assert str(path) in diagnosed(tmp_path)["database"].detail

    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        owned = diagnosed(tmp_path)["database"]
        holder.communicate()
    assert owned.ok
    assert f"process {holder.pid}" in owned.detail

    with duckdb.connect(str(path)):
        assert f"process {os.getpid()}" in diagnosed(tmp_path)["database"].detail

    path.write_bytes(b"x" * 5000)
    broken = diagnosed(tmp_path)["database"]
    assert not broken.ok
    assert "not a valid DuckDB" in broken.detail


def test_says_which_safety_checks_run_and_which_policy_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert diagnosed(tmp_path)["safety"].detail == "all checks"
    (tmp_path / "home" / "policies").mkdir(parents=True)
    (tmp_path / "home" / "policies" / "mine.toml").write_text("[before]\ncard = 'redact'\n")
    monkeypatch.setattr(names, "PACKAGES", ("presidio_of_nobody",))
    checks = diagnosed(tmp_path)
    assert not checks["safety"].ok
    assert not checks["safety"].needed
    assert "all checks but people's names: presidio_of_nobody not installed" in checks["safety"].detail
    assert "routing-workbench[safety]" in checks["safety"].mend
    assert "says nothing of key, iban" in checks["policy policies/mine"].detail
    policy.use(None)


def test_names_every_pack_of_a_domain_and_rubric_that_cannot_be_used(tmp_path: Path) -> None:
    assert not [name for name in diagnosed(tmp_path) if name.startswith(("policy", "strategy"))]
    for folder, text in (("domains", "title = 'Gardens'\n"), ("rubrics", "version = 'one'\n")):
        (tmp_path / "home" / folder).mkdir(parents=True)
        (tmp_path / "home" / folder / "mine.toml").write_text(text)
    checks = diagnosed(tmp_path)
    assert "mine.toml has no cues: no prompt would ever be of this domain" in checks["policy domains/mine"].detail
    assert "version cannot be 'one'" in checks["policy rubrics/mine"].detail
    assert checks["policy domains/mine"].needed
    policy.use(None)
