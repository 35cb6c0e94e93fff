"""A Ray cluster of two machines, for tests of what runs on one: both are this machine, under two loopback addresses."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAD, SECOND = "127.0.0.2", "127.0.0.3"
STARTS_S = 120.0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HEAD, 0))
        return int(free.getsockname()[1])


def _node(folder: Path, env: dict[str, str], *args: str) -> subprocess.Popen[bytes]:
    """A machine of the cluster, in the foreground: it ends when its process does."""
    command = [
        sys.executable,
        "-m",
        "ray.scripts.scripts",
        "start",
        "--block",
        "--disable-usage-stats",
        "--num-cpus",
        "1",
    ]
    log = (folder / f"node-{len(list(folder.glob('node-*')))}.log").open("wb")
    with log:
        return subprocess.Popen(
            [*command, "--object-store-memory", "100000000", *args], env=env, cwd=ROOT, stdout=log, stderr=log
        )


def _alive(env: dict[str, str]) -> int:
    """Machines that have joined."""
    code = "import ray; ray.init(address='auto', logging_level='error', log_to_driver=False); print(sum(n['Alive'] for n in ray.nodes()))"
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, timeout=60, check=False)
    return int(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else 0


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[dict[str, str]]:
    """The environment of a process that may use the cluster."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: pip install 'routing-workbench[ray]'")
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # sockets lie in it: pytest's own folders have too long a path
    address = f"{HEAD}:{_free_port()}"
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_ADDRESS": address}
    env = {**os.environ, "PYTHONPATH": str(ROOT), **own, "OMP_NUM_THREADS": "1"}
    port = address.rpartition(":")[2]
    nodes = [
        _node(
            folder,
            env,
            "--head",
            "--node-ip-address",
            HEAD,
            "--port",
            port,
            "--temp-dir",
            str(folder),
            "--include-dashboard=false",
        )
    ]
    try:
        _wait_for(1, env, folder)
        nodes.append(_node(folder, env, "--address", address, "--node-ip-address", SECOND))
        _wait_for(2, env, folder)
        yield env
    finally:
        for node in reversed(nodes):
            node.send_signal(signal.SIGTERM)
        for node in nodes:
            node.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(machines: int, env: dict[str, str], folder: Path) -> None:
    deadline = time.monotonic() + STARTS_S
    while _alive(env) < machines:
        logs = "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in folder.glob("node-*.log"))
        assert time.monotonic() < deadline, f"the Ray cluster has not started in {STARTS_S:.0f} s:\n{logs}"
        time.sleep(0.5)
