from __future__ import annotations

import asyncio
from pathlib import Path

from tests.services.trial import conduct, plan
from workbench.services.experiment_list import rows
from workbench.store import open_store


def test_experiments_are_listed_newest_first_with_how_far_they_are(tmp_path: Path) -> None:
    conduct(tmp_path, plan(name="first"))
    conduct(tmp_path, plan(name="second", assign="prompt"), budget_usd=0.0)
    with open_store(tmp_path) as store:
        second, first = asyncio.run(rows(store))
    assert (first["name"], first["answered"], first["cases"], first["runs"]) == ("first", 6, 6, 12)
    assert (second["name"], second["answered"], second["assign"]) == ("second", 0, "prompt")
    assert first["strategies"] == "fixed (model=small), fixed (model=big)"
