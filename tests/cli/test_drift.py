"""`workbench drift` as users run it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.cli.command import document, run
from workbench.store import open_store
from workbench.store.drifts import Drift, drift_row

NOW = datetime.now(UTC)


def test_what_changed_lately_is_listed_and_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    assert "no change of quality was noticed in the last 14 days" in run(tmp_path, "drift").stdout
    fell = Drift("knn", "sum", "down", 0.8, 0.6, 120, "run 1", NOW)
    with open_store(tmp_path) as store:
        asyncio.run(store.append([drift_row(fell, NOW)]))
    assert [row["strategy"] for row in document(tmp_path, "drift")] == ["knn"]
    assert "knn" in run(tmp_path, "drift").stdout
