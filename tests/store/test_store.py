import asyncio
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import BadInput, StoreError
from workbench.store import Store, open_store

from .rows import vote

ROOT = Path(__file__).parents[2]


def read(store: Store, sql: str, *params: Any) -> list[dict[str, Any]]:
    return asyncio.run(store.read(sql, params))


def test_what_was_appended_is_read_at_once(tmp_path: Path) -> None:
    async def go() -> None:
        for n in range(20):
            await store.append([vote(f"{n}")])
            assert (await store.read("select count(*) as n from votes"))[0]["n"] == n + 1

    with open_store(tmp_path) as store:
        asyncio.run(go())


def test_rows_of_one_append_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with pytest.raises(StoreError):
            asyncio.run(store.append([vote("a"), vote("b", colour=1)]))
        assert read(store, "select id from votes") == []
        asyncio.run(store.append([vote("a"), vote("b")]))
        assert read(store, "select id from votes order by id") == [{"id": "a"}, {"id": "b"}]


def test_appending_the_same_rows_again_changes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for comment in ("first", "again", "again"):
            asyncio.run(store.append([vote("a", comment=comment), vote("a", comment="twice")]))
        assert read(store, "select comment from votes") == [{"comment": "first"}]


def test_a_store_opens_again_with_all_it_had(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        asyncio.run(store.append([vote("a")]))
    with open_store(tmp_path) as store:
        assert read(store, "select id from votes") == [{"id": "a"}]


def test_a_megabyte_and_every_odd_character_come_back(tmp_path: Path) -> None:
    odd = "\x00\u202e שלום 😀 <script>alert(1)</script> ![](http://x/) '; drop table votes; --\ufffe"
    text = odd + "x" * (1 << 20)
    with open_store(tmp_path) as store:
        asyncio.run(store.append([vote("a", comment=text, tags=[odd]), vote("b", comment="a\ud800b")]))
        assert read(store, "select comment, tags from votes order by id") == [
            {"comment": text, "tags": [odd]},
            {"comment": "a\ufffdb", "tags": []},
        ]


def test_many_tasks_and_threads_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    async def many(thread: int) -> None:
        await asyncio.gather(*(store.append([vote(f"{thread}-{n}")]) for n in range(100)))

    with open_store(tmp_path) as store:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda n: asyncio.run(many(n)), range(6)))
        assert read(store, "select count(*) as n, count(distinct id) as d from votes") == [{"n": 600, "d": 600}]


def test_a_caller_that_is_cancelled_does_not_take_its_rows_along(tmp_path: Path) -> None:
    async def go() -> None:
        task = asyncio.create_task(store.append([vote("a")]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with open_store(tmp_path) as store:
        asyncio.run(go())
    with open_store(tmp_path) as store:
        assert read(store, "select id from votes") == [{"id": "a"}]


def test_readers_and_a_writer_do_not_disturb_each_other(tmp_path: Path) -> None:
    async def go() -> None:
        async def reader() -> list[int]:
            return [(await store.read("select count(*) as n from votes"))[0]["n"] for _ in range(10)]

        async def writer() -> None:
            for n in range(50):
                await store.append([vote(f"{n}")])

        *counts, _ = await asyncio.gather(*(reader() for _ in range(12)), writer())
        assert all(seen == sorted(seen) for seen in counts if seen)

    with open_store(tmp_path) as store:
        asyncio.run(go())
        assert read(store, "select count(*) as n from votes") == [{"n": 50}]


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="WORKBENCH_HOME"):
        open_store(tmp_path / "file" / "home")


def test_a_closed_store_refuses_rows(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(store.append([vote("a")]))


def test_sql_from_a_user_cannot_write(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(BadInput, match="read-only"):
        read(store, "with w as (delete from votes returning id) select * from w")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "comment": st.text(st.characters(codec="utf-8")),
                "tags": st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=3),
                "blind": st.booleans(),
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_row_comes_back_as_it_went(shared: Store, given: list[dict[str, Any]]) -> None:
    ids = [shared.new_id() for _ in given]
    asyncio.run(shared.append([vote(id, **row) for id, row in zip(ids, given, strict=True)]))
    found = read(shared, "select comment, tags, blind from votes where list_contains($1, id) order by id", ids)
    assert found == given


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_store(tmp_path_factory.mktemp("store")) as store:
        yield store


LOOP = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.store.rows import vote
from workbench.store import open_store
store = open_store(Path(sys.argv[1]))
acknowledged = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
async def one(worker):
    for n in range(1_000_000):
        id = f"{os.getpid()}-{worker}-{n}"
        await store.append([vote(id)])
        os.write(acknowledged, id.encode() + b"\\n")
async def main():
    print("owner" if store.is_owner else "guest", flush=True)
    await asyncio.gather(*(one(worker) for worker in range(4)))
asyncio.run(main())
"""


def writing(home: Path, acknowledged: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOOP, str(home), str(ROOT), str(acknowledged)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def wait_for(acknowledged: Path, count: int) -> None:
    until = time.monotonic() + 30
    while not acknowledged.exists() or len(acknowledged.read_bytes().split()) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_no_acknowledged_row_of_owner_or_guest_is_lost_by_kill_9(tmp_path: Path) -> None:
    home, owned, journaled = tmp_path / "home", tmp_path / "owned", tmp_path / "journaled"
    owner = writing(home, owned)
    assert said(owner) == "owner"
    guest = writing(home, journaled)
    assert said(guest) == "guest"
    wait_for(owned, 200)
    wait_for(journaled, 200)
    kill(owner)
    kill(guest)
    acknowledged = set(owned.read_text().split()) | set(journaled.read_text().split())
    with open_store(home) as store:
        assert store.is_owner
        found = [row["id"] for row in read(store, "select id from votes")]
    assert len(found) == len(set(found))
    assert acknowledged <= set(found)


def test_a_guest_goes_on_writing_when_the_owner_is_killed(tmp_path: Path) -> None:
    home, owned = tmp_path / "home", tmp_path / "owned"
    owner = writing(home, owned)
    said(owner)
    with open_store(home) as guest:
        wait_for(owned, 20)
        asyncio.run(guest.append([vote("mine")]))
        kill(owner)
        asyncio.run(guest.append([vote("after")]))
        found = {row["id"] for row in read(guest, "select id from votes")}
        assert {"mine", "after", *owned.read_text().split()} <= found
        assert guest.is_owner


def test_a_stored_file_holds_no_secret_of_the_owner(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        token = json.loads((tmp_path / "owner.json").read_bytes())["token"]
        asyncio.run(store.append([vote("a")]))
    for path in (*tmp_path.glob("*"), *tmp_path.glob("journal/*")):
        assert path.is_dir() or token.encode() not in path.read_bytes()
