"""Which prompts are looked at for a shift: different ones, in the order in which they were first asked, in whole windows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.store import Row, open_store
from workbench.store.runs import Origin, run_rows
from workbench.store.shifts import Shifted, asked, shift_row, shifts
from workbench.types import Spec

from .battles import comparison
from .rows import NOW, later, prompt, run


def ran(strategy: str, text: str, hours: float, source: str = "ask") -> list[Row]:
    about = prompt(text)
    return run_rows(
        f"{strategy} {text} {hours}", run(asked=about), Spec(strategy, {}, ()), about, Origin(source), later(hours)
    )


def looked(home: Path, rows: Sequence[Row], window: int = 2, windows: int = 3, most: int = 8) -> dict[str, list[Any]]:
    with open_store(home) as store:
        asyncio.run(store.append(rows))
        found: dict[str, list[Any]] = {}
        for row in asyncio.run(asked(store, window, windows, most)):
            found.setdefault(row["strategy"], []).append((row["n"], row["text"]))
    return found


def test_each_prompt_counts_once_when_it_was_first_asked(tmp_path: Path) -> None:
    rows = [row for i, text in enumerate("abcab") for row in ran("knn", text, i)]
    rows += [row for i, text in enumerate("acd") for row in ran("fixed", text, 10 + i)]
    assert looked(tmp_path, rows) == {"": [(1, "a"), (2, "b"), (3, "c"), (4, "d")]}  # of neither strategy two windows


def test_the_last_whole_windows_are_looked_at_with_their_places(tmp_path: Path) -> None:
    rows = [row for i in range(11) for row in ran("knn", f"prompt {i:02}", i)]
    found = looked(tmp_path, rows)
    assert found[""] == found["knn"] == [(i + 1, f"prompt {i:02}") for i in range(4, 10)]


def test_only_the_busiest_strategies_are_looked_at_by_themselves(tmp_path: Path) -> None:
    rows = [
        row for i in range(4) for row in (*ran("knn", f"{i}", i), *ran("fixed", f"{i}", i), *ran("knn", f"{i}", 9 + i))
    ]
    assert looked(tmp_path, rows, most=1).keys() == {"", "knn"}


def test_follow_ups_experiments_and_sealed_battles_are_left_out(tmp_path: Path) -> None:
    rows = [row for i in range(4) for row in ran("knn", f"{i}", i)]
    rows += comparison("open", blind=False, turns=("first", "second"), at=10)
    rows += comparison("sealed", at=12)
    rows += [row for i in range(4) for row in ran("knn", f"case {i}", 20 + i, "experiment")]
    rows += ran("knn", "last", 30)
    assert [text for _, text in looked(tmp_path, rows)[""]] == ["0", "1", "2", "3", "first", "last"]


def test_a_shift_is_kept_once_and_read_back_with_its_example(tmp_path: Path) -> None:
    asked_of, about = ran("knn", "what is new", 0), prompt("what is new")
    key = next(row["key"] for table, row in asked_of if table == "prompts")
    moved = Shifted("knn", 400, 200, 200, 0.01, 0.0002, key, NOW)
    with open_store(tmp_path) as store:
        asyncio.run(store.append([*asked_of, shift_row(moved, later(1)), shift_row(moved, later(2))]))
        (found,) = asyncio.run(shifts(store))
        assert (found["strategy"], found["n"], found["text"]) == ("knn", 400, about.text)
        assert asyncio.run(shifts(store, later(1))) == []
