"""From the command to the first page, files warm: what a second `workbench app` takes."""

from __future__ import annotations

import statistics
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .process import running_app


def measure(environ: Mapping[str, str], times: int = 3) -> dict[str, Any]:
    """Seconds until the address answers, and until the Compare page's HTML is there as well."""
    ready, page = zip(*(_once(environ) for _ in range(times + 1)), strict=True)
    return {
        "starts": times,
        "ready_s_median": statistics.median(ready[1:]),
        "page_s_median": statistics.median(page[1:]),
    }


def _once(environ: Mapping[str, str]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder), environ) as app:
        begun = time.perf_counter()
        with urllib.request.urlopen(app.url, timeout=30) as answer:  # noqa: S310 - our own app's address
            answer.read()
        return app.ready_s, app.ready_s + time.perf_counter() - begun
