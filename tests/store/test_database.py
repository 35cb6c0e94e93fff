import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import BadInput, StoreError
from workbench.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "workbench.duckdb")
    with opened.transaction() as connection:
        connection.execute("insert into synced values ('run', 'r', 'there', 'w', now())")
    yield opened
    opened.close()


def rows(database: Database, sql: str, params: tuple[Any, ...] = (), **how: Any) -> list[dict[str, Any]]:
    with database.select(sql, params, **how) as found:
        return found.rows()


@pytest.mark.parametrize(
    "sql",
    [
        "delete from synced",
        "drop table synced",
        "insert into synced values ('run', 'q', 'there', 'w', now())",
        "with w as (insert into synced values ('run', 'q', 'there', 'w', now()) returning id) select * from w",
        "explain analyze delete from synced",
        "select 1; drop table synced",
        "select 1; commit; drop table synced",
        "commit",
        "set threads = 1",
        "set enable_external_access = true",
        "attach '/tmp/other.duckdb'",
        "copy synced to '/tmp/stolen.csv'",
        "export database '/tmp/stolen'",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select content from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from glob('/etc/*')",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "checkpoint",
        "call force_checkpoint()",
        "create temp table t as select 1",
        "prepare p as select 1",
        "",
        ";",
        "-- nothing",
        "selec 1",
        "select * from nowhere",
        "select * from rows",
        "select '\ud800'",
    ],
)
def test_user_sql_reads_tables_and_does_nothing_else(database: Database, sql: str) -> None:
    with pytest.raises(BadInput):
        rows(database, sql)
    assert rows(database, "select id from synced") == [{"id": "r"}]


@pytest.mark.parametrize("sql", ["from synced", "show tables", "describe synced", "explain select 1", "values (1)"])
def test_all_ways_of_reading_work(database: Database, sql: str) -> None:
    assert rows(database, sql)


def test_parameters_are_data(database: Database) -> None:
    hostile = "r' or 1=1; drop table synced; --"
    assert rows(database, "select * from synced where id = ?", (hostile,)) == []
    assert rows(database, "select ? as said", (hostile,)) == [{"said": hostile}]


def test_a_query_that_takes_too_long_is_stopped(database: Database) -> None:
    with pytest.raises(BadInput, match=r"stopped after 0\.2 s"):
        rows(database, "select count(*) from range(100000000000) a where a.range % 7 = 8", timeout_s=0.2)
    assert rows(database, "select 1 as one") == [{"one": 1}]


def test_a_limit_cuts_rows_off_and_large_answers_come_in_pieces(database: Database) -> None:
    assert len(rows(database, "select * from range(1000000000)", limit=7)) == 7
    with database.select("select * from range(2500)") as found:
        assert found.columns == ["range"]
        assert [len(chunk) for chunk in found.chunks] == [1000, 1000, 500]


def test_readers_see_nothing_of_a_transaction_that_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_half(database)
    assert rows(database, "select count(*) as n from synced") == [{"n": 1}]


def _write_half(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("insert into synced values ('run', 's', 'there', 'w', now())")
        assert rows(database, "select count(*) as n from synced") == [{"n": 1}]
        raise ZeroDivisionError


def test_the_ninth_reader_waits_its_turn_and_no_longer_than_it_said(database: Database) -> None:
    ready, end = threading.Barrier(9), threading.Event()

    def sit() -> None:
        with database.select("select 1"):
            ready.wait(10)
            end.wait(10)

    seated = [threading.Thread(target=sit) for _ in range(8)]
    for thread in seated:
        thread.start()
    ready.wait(10)
    with pytest.raises(StoreError, match="8 queries are running"):
        rows(database, "select 1", timeout_s=0.05)
    end.set()
    assert rows(database, "select 1 as one", timeout_s=10) == [{"one": 1}]
    for thread in seated:
        thread.join()


def test_a_corrupt_file_is_named_with_its_mend_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "workbench.duckdb"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match=r"workbench\.duckdb cannot be opened.*move it.*rebuilds.*Nothing was deleted"):
        Database(path)
    assert path.read_bytes() == b"this is no database" * 1000


def test_reopening_goes_on_with_what_was_committed(database: Database) -> None:
    database.reopen()
    assert rows(database, "select id from synced") == [{"id": "r"}]


def test_columns_of_one_name_are_told_apart(database: Database) -> None:
    assert rows(database, "select 1 as a, 2 as a, 3 as a, 4 as a_2") == [{"a": 1, "a_2": 2, "a_3": 3, "a_2_2": 4}]
