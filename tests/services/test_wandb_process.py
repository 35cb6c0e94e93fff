"""The programs beside the app: limited in time, in environment, and gone when they are done."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.services import wandb_process
from workbench.services.wandb_process import Writer, online, upload
from workbench.settings import Settings

from .wandb_server import KEY


def settings(tmp_path: Path, **environ: str) -> Settings:
    (tmp_path / "wandb").mkdir(exist_ok=True)
    passed = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "user"), "WORKBENCH_HOME": str(tmp_path)}
    return Settings.from_env({**passed, **environ})


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def parcel(run: str) -> dict[str, object]:
    nothing = {"notes": "", "tags": [], "config": {}, "plots": {}, "steps": [], "summary": {"n": 1}}
    return {"id": run, "name": run, "resumed": False, "first_step": 0, **nothing}


def test_online_needs_a_key_and_no_wish_to_stay_offline(tmp_path: Path) -> None:
    assert not online(settings(tmp_path))
    assert online(settings(tmp_path, WANDB_API_KEY=KEY))
    assert not online(settings(tmp_path, WANDB_API_KEY=KEY, WANDB_MODE="offline"))
    assert not online(settings(tmp_path, WANDB_API_KEY=KEY, WANDB_MODE="disabled"))


def test_one_writer_writes_many_runs_and_a_silent_server_is_given_up(
    tmp_path: Path, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wandb_process, "UPLOAD_S", 3.0)
    at = settings(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=silent)

    async def steps() -> tuple[list[Path], float, wandb_process.Uploaded]:
        writer = Writer(at)
        try:
            folders = [await writer.write(parcel("one")), await writer.write(parcel("two"))]
        finally:
            await writer.close()
        begun = time.monotonic()
        return folders, begun, await upload(at, folders)

    folders, begun, result = asyncio.run(steps())
    assert [f.name.split("-", 3)[3] for f in folders] == ["one", "two"]
    assert result.folders == frozenset()
    assert "no end after 3 s" in result.problem
    assert time.monotonic() - begun < 60  # W&B alone would try for hours


def test_cancelling_a_write_ends_the_writer(tmp_path: Path) -> None:
    async def steps() -> int | None:
        writer = Writer(settings(tmp_path))
        task = asyncio.create_task(writer.write(parcel("one")))
        for _ in range(1000):
            if writer.process:
                break
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writer.close()
        assert writer.process is not None
        return writer.process.returncode

    assert asyncio.run(steps()) is not None
