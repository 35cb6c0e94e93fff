"""The programs beside the app: one writes a backend's runs to folders, one uploads those of W&B.

Everything is written to a folder first and uploaded from there, so a dead server can lose and hang nothing: the
folder waits. Each gets an environment of its own, and only the uploader gets the key. Neither
outlives its caller.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import SyncError
from workbench.settings import Settings

from .backends import WANDB, Backend

WRITE_S = 300.0
"""Seconds for one parcel; 600 answers take 2."""
CLOSE_S = 10.0
UPLOAD_S = 60.0
"""Seconds for an upload, besides the time its bytes take at 100 kB/s."""
log = logging.getLogger(__name__)
_FAILED = re.compile(r"ERROR \[[^\]]*/([^\]/]+)\]")
_VIEW = re.compile(r"\[[^\]]*/([^\]/]+)\] View run .* at (https?://\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Uploaded:
    folders: frozenset[Path]
    urls: Mapping[str, str]
    """Page of a run by its W&B id."""
    problem: str = ""
    """Why some folders did not arrive."""


def online(settings: Settings) -> bool:
    """A key is there and nobody asked for offline."""
    return bool(settings.environ.get("WANDB_API_KEY")) and settings.environ.get("WANDB_MODE", "online") == "online"


def server(settings: Settings) -> str:
    return settings.environ.get("WANDB_BASE_URL") or "https://api.wandb.ai"


class Writer:
    """One writer process, started when the first parcel comes."""

    def __init__(self, settings: Settings, backend: Backend = WANDB) -> None:
        self._settings, self._backend = settings, backend
        self.process: Process | None = None

    async def write(self, body: Mapping[str, Any]) -> Path:
        """The folder that holds this parcel. Raises SyncError; then no folder counts."""
        line = await asyncio.to_thread(json.dumps, {**body, "project": self._settings.wandb_project})
        self.process = process = self.process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(WRITE_S):
                process.stdin.write(line.encode() + b"\n")
                await process.stdin.drain()
                answer = await process.stdout.readline()
        except TimeoutError:
            raise SyncError(
                f"{self._backend.title} wrote nothing for {WRITE_S:.0f} s: is the disk of {self._log} slow or full?"
            ) from None
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise SyncError(
                f"{self._backend.title} could not write the run: {self._last_words()}. The whole story is in {self._log}"
            )
        return Path(json.loads(answer)["folder"])

    async def close(self) -> None:
        """End the process: kindly, then not."""
        process = self.process
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), CLOSE_S)
        except TimeoutError:
            log.warning("the %s writer did not end in %.0f s: killed", self._backend.title, CLOSE_S)
        finally:
            await _end(process)

    @property
    def _log(self) -> Path:
        return self._backend.folder(self._settings) / "writer.log"

    async def _start(self) -> Process:
        home = self._settings.home
        program = str(Path(__file__).with_name(self._backend.program))
        with self._log.open("wb") as said:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-P", program, str(home),
                stdin=PIPE, stdout=PIPE, stderr=said, cwd=home, env=self._backend.environ(self._settings), start_new_session=True,
            )  # fmt: skip

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it ended without a word")


async def upload(settings: Settings, folders: Sequence[Path]) -> Uploaded:
    """Upload folders, oldest first. Never raises for a server: what did not arrive is in `problem` and may be tried again."""
    size = sum(f.stat().st_size for folder in folders for f in folder.rglob("*") if f.is_file())
    limit = UPLOAD_S + size / 100_000
    async with _uploader(settings, folders) as process:
        try:
            said, _ = await asyncio.wait_for(process.communicate(), limit)
        except TimeoutError:
            said = f"ERROR no end after {limit:.0f} s".encode()
    text = said.decode("utf-8", "replace").replace(settings.environ["WANDB_API_KEY"], "***")
    _unmark(folders, frozenset(_FAILED.findall(text)))
    arrived = frozenset(folder for folder in folders if is_uploaded(folder))
    problem = "" if len(arrived) == len(folders) else _reason(text)
    return Uploaded(arrived, dict(_VIEW.findall(text)), problem)


def is_uploaded(folder: Path) -> bool:
    """W&B leaves a mark beside a run that it uploaded whole."""
    return any(folder.glob("*.wandb.synced"))


def _unmark(folders: Sequence[Path], failed: Collection[str]) -> None:
    """W&B marks a run as uploaded though it says that part of it was refused: such a folder has to go again."""
    for folder in folders:
        if folder.name.split("-", 3)[-1] in failed:
            for mark in folder.glob("*.wandb.synced"):
                mark.unlink()


@asynccontextmanager
async def _uploader(settings: Settings, folders: Sequence[Path]) -> AsyncGenerator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "wandb", "sync", *map(str, folders),
        stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, cwd=settings.home, env=WANDB.environ(settings) | _online(settings),
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Kill the process with the service it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        return
    await process.wait()


def _online(settings: Settings) -> dict[str, str]:
    """Key, address, and patience: W&B's own retries go on for hours."""
    named = ("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY")
    given = {name: settings.environ[name] for name in named if settings.environ.get(name)}
    return given | {
        "WANDB_HTTP_TIMEOUT": "10",
        "WANDB__GRAPHQL_RETRY_MAX": "1",
        "WANDB__FILE_STREAM_RETRY_MAX": "2",
        "WANDB__FILE_TRANSFER_RETRY_MAX": "2",
        "WANDB_SILENT": "false",
    }


def _reason(text: str) -> str:
    errors = [line.split("ERROR", 1)[1].strip() for line in text.splitlines() if "ERROR" in line]
    return errors[0] if errors else (text.strip().splitlines() or ["W&B said nothing"])[-1]
