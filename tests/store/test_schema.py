from pathlib import Path

import duckdb
import pytest

from workbench.errors import StoreError
from workbench.store import migrations, schema
from workbench.store.database import Database


def test_the_schema_page_is_current() -> None:
    with duckdb.connect(":memory:") as connection:
        schema.migrate(connection)
        assert schema.page(connection) == schema.PAGE.read_text(encoding="utf-8"), (
            "run: python -c 'from workbench.store.schema import write_page; write_page()'"
        )


def test_every_table_and_column_says_what_it_is() -> None:
    for table in schema.today().values():
        if table.name != "migrations":
            assert table.about
            assert table.key
            assert all(column.about for column in table.columns.values()), table.name


def test_the_tables_of_the_contract_are_there() -> None:
    tables = {"specs", "prompts", "experiments", "battles", "runs", "calls", "decisions", "votes", "synced"}
    assert tables <= schema.today().keys()


def test_a_migration_is_applied_once() -> None:
    with duckdb.connect(":memory:") as connection:
        assert schema.migrate(connection) == schema.migrate(connection) == len(migrations.MIGRATIONS)
        applied = connection.execute("select number from migrations order by number").fetchall()
        assert applied == [(n + 1,) for n in range(len(migrations.MIGRATIONS))]


def test_a_step_without_its_purpose_is_refused() -> None:
    with duckdb.connect(":memory:") as connection, pytest.raises(ValueError, match="what this is for"):
        migrations.create(connection, "create table t (id int)")


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "workbench.duckdb"
    Database(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into migrations values (99, 'later', now())")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer version \(schema 99.*upgrade"):
        Database(path)
    assert path.read_bytes() == before
