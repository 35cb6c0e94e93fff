"""The app as a process of its own, as a user would start it, to be measured from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class App:
    pid: int
    port: int
    ready_s: float
    """From the command to an address that answers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_app(home: Path, environ: Mapping[str, str], cores: Sequence[int] = ()) -> Iterator[App]:
    """Start `workbench app` on a free port with this home, yield it, and end it. Raises WorkbenchError."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", "app", "--no-browser"],
        env={**environ, "WORKBENCH_HOME": str(home), "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, set(cores))) if cores else None,
    )
    try:
        yield App(process.pid, _port(process), time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            assert process.stdout is not None
            process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return int(line.split("http://")[1].split(":")[1].split("/")[0].split()[0])
    raise WorkbenchError(f"the app ended with {process.wait()} before it gave its address")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
