import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from workbench.errors import StoreError
from workbench.store import open_store
from workbench.store.database import Database
from workbench.store.ids import Ids
from workbench.store.ingest import Ingest
from workbench.store.journal import segments
from workbench.store.record import pack
from workbench.store.schema import today

from .rows import vote

TABLES = today()
NEW_ID = Ids()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "workbench.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "journal"
    made.mkdir()
    return made


def segment(folder: Path, *lines: bytes) -> Path:
    path = folder / f"{NEW_ID()}.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def line(*ids: str, **changes: Any) -> bytes:
    return pack(TABLES, [vote(id, **changes) for id in ids]).line


def take_in(database: Database, folder: Path) -> list[str]:
    """As an owner that starts, looks, and ends."""
    ingest = Ingest(database, folder)
    ingest.start()
    ingest.wait(10)
    ingest.close()
    with database.select("select id from votes order by id") as found:
        return [row["id"] for row in found.rows()]


def test_records_are_taken_in_once_however_often_an_owner_starts(database: Database, folder: Path) -> None:
    path = segment(folder, line("a"), line("b", "c"))
    assert take_in(database, folder) == ["a", "b", "c"]
    with path.open("ab") as file:
        file.write(line("d"))
    assert take_in(database, folder) == ["a", "b", "c", "d"]
    with database.select("select position, refused from ingested") as found:
        assert found.rows() == [{"position": path.stat().st_size, "refused": 0}]


def test_the_same_rows_in_two_segments_are_kept_once_and_the_first_counts(database: Database, folder: Path) -> None:
    segment(folder, line("a", comment="first"), line("a", comment="second"))
    segment(folder, line("a", comment="third"), line("b"))
    assert take_in(database, folder) == ["a", "b"]
    with database.select("select comment from votes where id = 'a'") as found:
        assert found.rows() == [{"comment": "first"}]


def test_a_torn_tail_waits_for_its_rest(database: Database, folder: Path) -> None:
    whole = line("b")
    path = segment(folder, line("a"), whole[:30])
    assert take_in(database, folder) == ["a"]
    with path.open("ab") as file:
        file.write(whole[30:])
    assert take_in(database, folder) == ["a", "b"]


def test_a_damaged_record_is_counted_and_left_and_holds_nothing_up(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = segment(folder, line("a"), line("b").replace(b'"A"', b'"Z"'), b"rubbish\n", line("c"))
    before = path.read_bytes()
    assert take_in(database, folder) == ["a", "c"]
    assert path.read_bytes() == before
    assert "damaged and was left" in caplog.text
    with database.select("select refused from ingested") as found:
        assert found.rows() == [{"refused": 2}]


def test_a_newer_version_s_records_wait_for_it(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer = {**TABLES, "moods": TABLES["synced"]}
    mood = {"kind": "run", "id": "x", "destination": "d", "run": "w", "created_at": "2026-01-01T00:00:00+00:00"}
    segment(folder, line("a"), pack(newer, [("moods", mood)]).line, line("b"))
    segment(folder, line("c"))
    assert take_in(database, folder) == ["a", "c"]
    assert "newer version" in caplog.text
    with database.select("select position from ingested order by segment limit 1") as found:
        assert found.rows() == [{"position": len(line("a"))}]


def test_a_row_that_only_the_database_refuses_does_not_hold_the_others(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loose = {**TABLES, "votes": TABLES["votes"]}
    bad = pack(loose, [vote("bad")])
    body = bad.rows[0][1].replace(b'"battle_id":"b"', b'"battle_id":null')
    record = type(bad)((("votes", body),))
    segment(folder, line("a"), record.line, line("b"))
    assert take_in(database, folder) == ["a", "b"]
    assert "NOT NULL" in caplog.text


def test_an_empty_database_is_rebuilt_from_the_segments(tmp_path: Path) -> None:
    async def fill() -> None:
        await asyncio.gather(*(store.append([vote(f"{n:03}")]) for n in range(200)))

    with open_store(tmp_path) as store:
        asyncio.run(fill())
    (tmp_path / "workbench.duckdb").unlink()
    with open_store(tmp_path) as store:
        (found,) = asyncio.run(store.read("select count(*) as n, min(id) as a, max(id) as z from votes"))
    assert found == {"n": 200, "a": "000", "z": "199"}


KILLED = """
import sys
from pathlib import Path
from workbench.store.database import Database
from workbench.store.ingest import Ingest
import duckdb, os
home = Path(sys.argv[1])
database = Database(home / "workbench.duckdb")
database._connection = type("Dies", (), {
    "execute": lambda self, sql, *rest, inner=database._connection: os._exit(9) if sql == sys.argv[2]
        else inner.execute(sql, *rest),
    "cursor": lambda self, inner=database._connection: inner.cursor(),
})()
Ingest(database, home / "journal").start()
"""


@pytest.mark.parametrize("moment", ["begin", "commit"])
def test_a_crash_between_segment_and_database_loses_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    segment(folder, line("a"), line("b"))
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path, moment], check=False).returncode == 9
    database = Database(tmp_path / "workbench.duckdb")
    assert take_in(database, folder) == ["a", "b"]
    database.close()


FULL = """
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.store.rows import vote
from workbench.store import open_store
home = Path(sys.argv[1])
store = open_store(home)
async def main():
    await store.append([vote("before", comment="x" * 30000)])
    await store.read("select 1")
    limit = (home / "workbench.duckdb.wal").stat().st_size + 10_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    await store.append([vote("kept", comment="y" * 20000)])
    try:
        await store.read("select count(*) as n from votes")
    except Exception as error:  # whatever it is, it is printed
        print(type(error).__name__, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(await store.read("select id from votes order by id"))
asyncio.run(main())
store.close()
"""


def test_a_full_disk_under_the_database_is_told_and_mended_without_loss(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", FULL, tmp_path, root], capture_output=True, text=True, check=False)
    assert "StoreError the database cannot be written" in ran.stdout, ran
    assert "is safe in" in ran.stdout
    assert "[{'id': 'before'}, {'id': 'kept'}]" in ran.stdout


def test_waiting_ends_with_the_time_given(database: Database, folder: Path) -> None:
    never_started = Ingest(database, folder)
    with pytest.raises(StoreError, match="not caught up"):
        never_started.wait(0.05)


def test_the_database_file_is_closed_cleanly(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    assert segments(tmp_path / "journal") == {}
    with duckdb.connect(str(tmp_path / "workbench.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from votes").fetchall() == [(0,)]
