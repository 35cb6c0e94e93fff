"""The table of all strategies on the workbench's own recorded outcomes, with intervals and reference lines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.services.benchmark import Request, run
from workbench.services.replay import Entrant, Sweep
from workbench.services.specs import registry
from workbench.settings import Settings

SWEEPS = {"cascade": Sweep("threshold", -3.0, 0.0, 31)}
"""Beside every lambda of the routers that have one."""
SKIPPED = ("fixed",)
"""One model: the reference lines have all of them."""


def request(data: str = "reasoning") -> Request:
    names = [name for name in registry().names() if name not in SKIPPED]
    return Request(data, [Entrant(name, {}, SWEEPS.get(name)) for name in names], folds=5)


def measure(environ: Mapping[str, str]) -> dict[str, Any]:
    """The document of a replay of every strategy, without its per-prompt columns."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.from_env({**environ, "WORKBENCH_HOME": str(Path(home))})
        found = run(request(), settings)
    curves = [{k: v for k, v in c.items() if k != "choices"} for c in found["curves"]]
    return {k: v for k, v in found.items() if k not in ("cells", "outcome_cells")} | {"curves": curves}
