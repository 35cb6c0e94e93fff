"""One local model's server, shared by all processes of a user: found running, or started.

Files in the run folder, by model and configuration: `.lease`, which every user of the server holds locked shared,
and whose exclusive lock is the server's sign to leave; `.lock`, held while one process starts it; `.json`, where it
listens and its key; `.log`, what it said. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from workbench.errors import ServerFailed
from workbench.types import content_key

PROGRAM = Path(__file__).with_name("_llama.py")
LOAD_S = 180.0
"""Longest that loading a model may take: gigabytes from a slow disk."""
LEAVE_S = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    key: str = field(repr=False)
    pid: int

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def answers(self) -> bool:
        """It is there, and it is ours: a stranger on a reused port does not know the key."""
        try:
            with httpx.Client(trust_env=False, timeout=5.0) as client:
                response = client.get(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {self.key}"})
        except httpx.HTTPError:
            return False
        return response.status_code == 200 and self.key != ""


class Server:
    """`orders` are the fields of _llama.parameters (name, weights, slots, context, threads, prompt_threads)."""

    def __init__(self, orders: Mapping[str, Any], run_dir: Path, program: Path = PROGRAM) -> None:
        self._orders, self._program, self._dir = dict(orders), program, run_dir
        slug = re.sub(r"[^A-Za-z0-9.-]+", "-", str(orders["name"]))[:40].lstrip(".")
        self._stem = f"{slug}-{content_key(self._orders)[:8]}"
        self._lease: BinaryIO | None = None
        self._address: Address | None = None
        self._turn = threading.Lock()

    def attach(self) -> Address:
        """Use the server, starting it if need be; it stays until released. Raises ServerFailed."""
        with self._turn:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._lease is None:
                self._lease = self._open(".lease")
                fcntl.flock(self._lease, fcntl.LOCK_SH)  # waits for a server that is just leaving
            try:
                with self._open(".lock") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    self._address = self._running() or self._start()
            except BaseException:
                self._drop_lease()
                raise
            return self._address

    def release(self) -> None:
        """Stop using the server. The last user sees it gone before this returns."""
        with self._turn:
            address, self._address = self._address, None
            if self._lease is None or address is None:
                return
            patience = LEAVE_S if self._alone(self._lease) else 0.3
            self._drop_lease()
            until = time.monotonic() + patience
            while address.alive and time.monotonic() < until:
                time.sleep(0.01)

    def _alone(self, lease: BinaryIO) -> bool:
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.close()
            self._lease = None

    def _running(self) -> Address | None:
        """The server that another process started, or that this one did before."""
        try:
            address = Address(**json.loads(self._path(".json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return address if address.alive and address.answers() else None

    def _start(self) -> Address:
        key = secrets.token_urlsafe(24)
        orders = {**self._orders, "key": key, "lease": str(self._path(".lease"))}
        with self._open(".log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", str(self._program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the app, which then releases the server
            )
        # Reaps it whenever it ends, so that a dead server is not taken for a live one.
        threading.Thread(target=process.wait, name=f"reap {self._stem}", daemon=True).start()
        address = Address(self._told(process, orders), key, process.pid)
        self._write(address)
        return address

    def _told(self, process: subprocess.Popen[bytes], orders: Mapping[str, Any]) -> str:
        """Where the server says that it listens, once it has loaded the model."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process.stdin, process.stdout:
                process.stdin.write(json.dumps(orders).encode() + b"\n")
                process.stdin.flush()
                readable, _, _ = select.select([process.stdout], [], [], LOAD_S)
                return str(json.loads(process.stdout.readline())["url"]) if readable else self._late(process)
        except (BrokenPipeError, ValueError):
            raise ServerFailed(self._why("its server ended while loading")) from None

    def _late(self, process: subprocess.Popen[bytes]) -> str:
        process.kill()
        raise ServerFailed(self._why(f"its server was not ready within {LOAD_S:.0f} s"))

    def _why(self, what: str) -> str:
        lines = self._path(".log").read_text("utf-8", "replace").split("\n")
        last = next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it said nothing")
        return (
            f"{self._orders['name']}: {what} ({last}); is there memory for the model? If its file is damaged, delete "
            f"{self._orders['weights']} and run `workbench models pull {self._orders['name']}`"
        )

    def _write(self, address: Address) -> None:
        fresh = self._path(".new")
        with self._open(".new", "wb") as file:
            file.write(json.dumps(asdict(address)).encode())
        os.replace(fresh, self._path(".json"))

    def _path(self, suffix: str) -> Path:
        return self._dir / f"{self._stem}{suffix}"

    def _open(self, suffix: str, mode: str = "ab") -> Any:
        """A file that only this user can read."""
        return open(self._path(suffix), mode, opener=lambda path, flags: os.open(path, flags, 0o600))
