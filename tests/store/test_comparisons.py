import asyncio
from pathlib import Path

from workbench.store import Row, open_store
from workbench.store.comparisons import StoredComparison, load_comparison
from workbench.store.runs import Origin, run_rows

from .battles import SPECS, ballot, comparison
from .rows import later, prompt, run


def loaded(home: Path, rows: list[Row]) -> StoredComparison | None:
    with open_store(home) as store:
        asyncio.run(store.append(rows))
        return asyncio.run(load_comparison(store, "c"))


def test_a_comparison_comes_back_whole(tmp_path: Path) -> None:
    found = loaded(tmp_path, [*comparison(turns=("hello", "and then?")), ballot()])
    assert found is not None
    assert found.experiment["settings"] == {"blind": True}
    assert {key: spec["strategy"] for key, spec in found.specs.items()} == {s.key: s.strategy for s in SPECS}
    assert [turn.battle["prompt"] for turn in found.turns] == ["hello", "and then?"]
    first, second = found.turns
    assert {letter: [s.run.text for s in runs] for letter, runs in first.runs.items()} == {
        "A": ["hello from A"],
        "B": ["hello from B"],
    }
    assert first.vote is not None
    assert (first.vote["choice"], first.vote["winners"], second.vote) == ("A", ["c-0-A"], None)


def test_a_retried_column_has_all_its_runs_the_last_one_last(tmp_path: Path) -> None:
    again = run_rows("c-0-A2", run("better"), SPECS[0], prompt(), Origin("compare", "c-0", "e", "A"), later(5))
    found = loaded(tmp_path, [*comparison(), *again])
    assert found is not None
    assert [s.run.text for s in found.turns[0].runs["A"]] == ["hello from A", "better"]


def test_an_unknown_comparison_is_none(tmp_path: Path) -> None:
    assert loaded(tmp_path, comparison("other")) is None
