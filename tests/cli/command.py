"""The command as users run it: in this process for speed, or in one of its own where the process matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

from workbench.cli import main

COMMAND = [sys.executable, "-m", "workbench.cli"]


def environ(home: Path, **more: str) -> dict[str, str]:
    """This process's, without keys of vendors."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_TOKEN"))}
    return kept | {"WORKBENCH_HOME": str(home), "PORT": "0", "WANDB_MODE": "offline"} | more


def run(home: Path, *args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
    """The command in this process, as its entry point calls it: the same as a process, without its start."""
    out, err = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
    with (
        patch.dict(os.environ, environ(home, **env), clear=True),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO(stdin))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main(args)
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(args, code, _text(out), _text(err))


def _text(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def process(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    done = subprocess.run(
        [*COMMAND, *args], env=environ(home, **env), capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def document(home: Path, *args: str, **env: str) -> Any:
    done = run(home, *args, "--json", stdin=b"", **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
