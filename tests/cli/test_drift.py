"""`workbench drift` as users run it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.cli.command import document, run
from tests.store.rows import prompt
from workbench.store import open_store
from workbench.store.drifts import Drift, drift_row
from workbench.store.runs import prompt_key, prompt_row
from workbench.store.shifts import Shifted, shift_row

NOW = datetime.now(UTC)


def test_what_changed_lately_is_listed_and_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    assert "no change of quality or of prompts was noticed in the last 14 days" in run(tmp_path, "drift").stdout
    fell = Drift("knn", "sum", "down", 0.8, 0.6, 120, "run 1", NOW)
    with open_store(tmp_path) as store:
        asyncio.run(store.append([drift_row(fell, NOW)]))
    assert [row["strategy"] for row in document(tmp_path, "drift")] == ["knn"]
    shown = run(tmp_path, "drift").stdout
    assert "Quality of knn in sum fell from 0.80 to about 0.60" in shown


def test_a_shift_of_prompts_is_listed_beside_with_an_example_that_no_terminal_obeys(tmp_path: Path) -> None:
    asked = prompt("Translate\x1b[2J this into Welsh")
    moved = Shifted("", 1200, 1000, 200, 0.02, 0.0002, prompt_key(asked.messages), NOW)
    with open_store(tmp_path) as store:
        asyncio.run(store.append([prompt_row(asked, "ask", NOW), shift_row(moved, NOW)]))
    (row,) = document(tmp_path, "drift")
    assert (row["kind"], row["strategy"], row["direction"]) == ("prompts", "", "aside")
    shown = run(tmp_path, "drift").stdout
    assert "Prompts have shifted: the 200 until" in shown
    assert "into Welsh" in shown
    assert "\x1b" not in shown
