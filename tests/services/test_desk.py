from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.desk import compared, fixed, open_desk, settings, setup
from workbench.errors import BadCatalog, StoreError
from workbench.services.desk import Desk, load_catalog
from workbench.store import open_store


def test_a_users_catalog_lies_over_the_shipped_one(tmp_path: Path) -> None:
    known = [e.model.id for e in load_catalog(settings(tmp_path)).entries]
    assert {"quick", "smollm2-135m"} <= set(known)


def test_a_broken_catalog_opens_no_store(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text("[[models]\n")
    with pytest.raises(BadCatalog, match=r"models\.toml.*line 1"):
        Desk.open(settings(tmp_path))
    assert not (tmp_path / "workbench.duckdb").exists()


def test_a_damaged_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "workbench.duckdb").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError):
        Desk.open(settings(tmp_path))
    assert (tmp_path / "workbench.duckdb").read_bytes() == b"this is no database" * 1000


def test_closing_keeps_what_ran_and_lets_go_of_the_files(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            await desk.compare.start(setup(desk, "endless"), fixed("endless", "endless"), "hi")
            await asyncio.sleep(0.1)
        with open_store(tmp_path) as store:
            assert store.is_owner
            rows = await store.read("select error_kind from runs")
            assert [r["error_kind"] for r in rows] == ["stopped", "stopped"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_second_desk_beside_an_open_one_compares_and_both_see_everything(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as first, open_desk(tmp_path) as second:
            one, two = await compared(first, "quick", "other"), await compared(second, "quick", "other")
            assert (await first.compare.find(two.id)).turns[0].cells["A"].run.text == "a quick answer"
            assert (await second.compare.find(one.id)).turns[0].cells["A"].run.text == "a quick answer"

    asyncio.run(main())
