import asyncio
from pathlib import Path

import pytest

from workbench.errors import BadInput, StoreError
from workbench.store import open_store

from .rows import vote


def test_a_guest_reads_what_it_and_the_owner_wrote(tmp_path: Path) -> None:
    async def both() -> None:
        await owner.append([vote("a", winners=["é", "\x00"])])
        await guest.append([vote("b")])
        sql = "select id, winners, created_at from votes order by id"
        found = await guest.read(sql)
        assert found == await owner.read(sql)
        assert found[0] == {"id": "a", "winners": ["é", "\x00"], "created_at": "2026-11-20T12:00:00+00:00"}
        assert [row["id"] for row in found] == ["a", "b"]

    with open_store(tmp_path) as owner, open_store(tmp_path) as guest:
        assert (owner.is_owner, guest.is_owner) == (True, False)
        asyncio.run(both())


def test_large_answers_pass_in_pieces(tmp_path: Path) -> None:
    with open_store(tmp_path), open_store(tmp_path) as guest:
        with guest.select("select range as n, repeat('x', 1000) as text from range(5000)") as found:
            assert found.columns == ["n", "text"]
            sizes = [len(chunk) for chunk in found.chunks]
        assert sizes == [1000] * 5


def test_rows_that_fill_more_than_a_message_pass_in_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.store.owner.MAX_MESSAGE", 10_000)
    with open_store(tmp_path), open_store(tmp_path) as guest:
        with guest.select("select range as n, repeat('x', 1000) as text from range(50)") as found:
            sizes = [len(chunk) for chunk in found.chunks]
        assert sum(sizes) == 50
        assert max(sizes) < 10
        with (
            guest.select("select repeat('x', 20000) as text") as found,
            pytest.raises(StoreError, match="select fewer"),
        ):
            found.rows()


def test_a_guest_is_as_read_only_as_the_owner_and_hears_why(tmp_path: Path) -> None:
    with open_store(tmp_path), open_store(tmp_path) as guest:
        for sql in ("drop table votes", "select * from read_text('/etc/passwd')", "selec", "select '\ud800'"):
            with pytest.raises(BadInput):
                asyncio.run(guest.read(sql))
        with pytest.raises(BadInput, match="stopped after"):
            asyncio.run(guest.read("select count(*) from range(100000000000) a where range % 7 = 8", timeout_s=0.2))


def test_a_guest_checks_rows_as_the_owner_does(tmp_path: Path) -> None:
    with open_store(tmp_path), open_store(tmp_path) as guest, pytest.raises(StoreError, match="no column colour"):
        asyncio.run(guest.append([vote("a", colour=1)]))


def test_a_guest_becomes_the_owner_when_that_one_is_gone(tmp_path: Path) -> None:
    owner = open_store(tmp_path)
    with open_store(tmp_path) as guest:
        asyncio.run(guest.append([vote("a")]))
        owner.close()
        assert asyncio.run(guest.read("select id from votes")) == [{"id": "a"}]
        assert guest.is_owner
        asyncio.run(guest.append([vote("b")]))
        assert asyncio.run(guest.read("select id from votes order by id")) == [{"id": "a"}, {"id": "b"}]
