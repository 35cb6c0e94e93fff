"""Mirroring to W&B: folders are read back, uploads are taken by a server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import StoreError, SyncError
from workbench.services.sync import Synced, sync, told
from workbench.settings import Settings
from workbench.store import Row, Store

from .wandb_files import Written, read
from .wandb_server import KEY, Server, serve

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
Change = Callable[[Store], Awaitable[None]]
SECRET = "sk-vendor-key-that-nobody-may-see"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def settings(tmp_path: Path, **environ: str) -> Settings:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    passed = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "user"), "OPENAI_API_KEY": SECRET}
    return Settings.from_env({**passed, "WORKBENCH_HOME": str(home), **environ})


def connected(tmp_path: Path, server: Server) -> Settings:
    return settings(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=server.url)


async def experiment(store: Store, key: str = "e1", battles: int = 2, **given: Any) -> None:
    """Two strategies, so many battles; column A of each wins."""
    specs = [
        (
            "specs",
            {
                "key": k,
                "strategy": s,
                "params": {"model": m},
                "pool": ["m.1", "m.2"],
                "prices": {"m.1": [1, 2]},
                "created_at": NOON,
            },
        )
        for k, s, m in (("k1", "fixed", "m.1"), ("k2", "cascade", "m.2"))
    ]
    about = {
        "id": key, "kind": "compare", "name": "small talk", "note": "", "seed": 3, "specs": ["k1", "k2"],
        "settings": {"pool": ["m.1", "m.2"], "system": "Be brief."}, "created_at": NOON,
    }  # fmt: skip
    await store.append([*specs, ("experiments", about)])
    await grow(store, key, range(1, battles + 1), **given)


async def grow(store: Store, key: str, numbers: Sequence[int], *, blind: bool = False, voted: bool = True) -> None:
    for n in numbers:
        at = NOON + timedelta(minutes=n)
        battle = f"{key}-b{n}"
        columns = [{"letter": x, "run_id": f"{battle}{x}", "spec_key": k} for x, k in (("A", "k1"), ("B", "k2"))]
        rows: list[Row] = [
            ("prompts", {"key": f"{battle}p", "text": f"question {n}", "messages": [], "created_at": at}),
            (
                "battles",
                {
                    "id": battle, "comparison_id": f"{battle}c", "turn": 0, "experiment_id": key,
                    "prompt_key": f"{battle}p", "blind": blind, "columns": columns, "created_at": at,
                },
            ),
        ]  # fmt: skip
        for column, strategy, cost in zip(columns, ("fixed", "cascade"), (0.25, 0.5), strict=True):
            rows += answer(key, battle, column, strategy, cost, at)
        await store.append(rows)
        if voted:
            await vote(store, key, n)


def answer(key: str, battle: str, column: dict[str, str], strategy: str, cost: float, at: datetime) -> list[Row]:
    run = {
        "id": column["run_id"], "battle_id": battle, "experiment_id": key, "letter": column["letter"],
        "spec_key": column["spec_key"], "prompt_key": f"{battle}p", "strategy": strategy, "model": "m.1", "label": "easy",
        "category": "chat", "text": f"answer of {strategy} \u2603", "tokens_in": 4, "tokens_out": 6, "cost_usd": cost,
        "nominal": True, "latency_s": 1.5, "ttft_s": 0.5, "error": "", "created_at": at,
    }  # fmt: skip
    route = {"run_id": run["id"], "model": "m.1", "features": {}, "thresholds": {}}
    drafted = {**route, "n": 0, "why": "draft", "scores": {}, "propensity": 1.0}
    routed = {**route, "n": 1, "why": "short", "scores": {"m.1": 0.75}, "propensity": 0.5}
    return [("runs", run), ("decisions", drafted), ("decisions", routed)]


async def vote(store: Store, key: str, n: int) -> None:
    battle = f"{key}-b{n}"
    row = {
        "id": f"{battle}v", "battle_id": battle, "comparison_id": f"{battle}c", "experiment_id": key, "kind": "vote",
        "choice": "A", "winners": [f"{battle}A"], "losers": [f"{battle}B"], "tags": ["clear"], "comment": "",
        "blind": True, "created_at": NOON + timedelta(hours=1),
    }  # fmt: skip
    await store.append([("votes", row)])


def folders(at: Settings) -> list[Path]:
    return sorted((at.home / "wandb").glob("offline-run-*"))


@dataclass(frozen=True)
class Story:
    """Syncs of one experiment, one after another: each costs a process, so one story serves several tests."""

    at: Settings
    syncs: tuple[list[Synced], ...]
    ledger: tuple[int, ...]
    """Rows in `synced` after each."""

    def written(self, n: int) -> Written:
        folder = self.syncs[n][0].folder
        assert folder is not None
        return read(folder)


async def tell(store: Store, syncs: Sequence[Settings], changes: Sequence[Change]) -> Story:
    """Before each sync, its change."""
    results, ledger = [], []
    for at, change in zip(syncs, changes, strict=True):
        await change(store)
        results.append(await sync(store, at))
        ledger.append((await store.read("select count(*) as n from synced"))[0]["n"])
    return Story(syncs[-1], tuple(results), tuple(ledger))


async def nothing(_: Store) -> None:
    """Between two syncs."""


async def third(store: Store) -> None:
    await grow(store, "e1", [3])


async def sealed_and_unvoted(store: Store) -> None:
    """Battle 1 blind and voted on, 2 blind and not, 3 open and not."""
    await experiment(store, battles=1, blind=True)
    await grow(store, "e1", [2], blind=True, voted=False)
    await grow(store, "e1", [3], voted=False)


async def both_voted(store: Store) -> None:
    await vote(store, "e1", 2)
    await vote(store, "e1", 3)


def play(syncs: Sequence[Settings], *changes: Change) -> Story:
    with Store(syncs[0].home) as store:
        return asyncio.run(tell(store, syncs, changes))


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two battles, nothing, a third."""
    at = settings(tmp_path_factory.mktemp("offline"))
    return play([at] * 3, experiment, nothing, third)


@pytest.fixture(scope="module")
def voting(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return play([settings(tmp_path_factory.mktemp("voting"))] * 2, sealed_and_unvoted, both_voted)


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, Server]]:
    """Two battles without a key, nothing with one, a third with one."""
    folder = tmp_path_factory.mktemp("online")
    with serve() as server:
        key = connected(folder, server)
        yield play([settings(folder), key, key], experiment, nothing, third), server


def test_an_offline_run_holds_config_and_summary(offline: Story) -> None:
    written = offline.written(0)
    assert (written.run["id"], written.run["project"], written.run["name"]) == ("e1", "routing-workbench", "small talk")
    assert written.config["strategies"]["cascade"]["params"] == {"model": "m.2"}
    assert written.config["setup"]["system"] == "Be brief."
    assert written.summary["fixed/wins"] == 2
    assert written.summary["fixed/win_rate_low"] == pytest.approx(0.3424, abs=1e-4)
    assert written.exit_code == 0


def test_an_offline_run_holds_lines_over_battles(offline: Story) -> None:
    written = offline.written(0)
    assert written.axes["cost_usd/fixed"] == written.axes["win_rate/cascade"] == "battle"
    lines = [(h["battle"], h["cost_usd/cascade"], h["win_rate/fixed"]) for h in written.history]
    assert lines == [(1, 0.5, 1), (2, 1, 1)]


def test_an_offline_run_holds_a_row_an_answer_with_route_and_vote(offline: Story) -> None:
    rows = offline.written(0).tables["answers"]
    assert [(r["battle"], r["letter"]) for r in rows] == [(f"e1-b{n}", x) for n in (1, 2) for x in "AB"]
    expected = {
        "battle": "e1-b1", "turn": 0, "prompt": "question 1", "strategy": "fixed", "model": "m.1", "label": "easy",
        "why": "short", "propensity": 0.5, "scores": '{"m.1": 0.75}', "text": "answer of fixed \u2603", "tokens_in": 4,
        "tokens_out": 6, "cost_usd": 0.25, "nominal": True, "latency_s": 1.5, "ttft_s": 0.5, "error": "",
        "vote": "won", "tags": "clear",
    }  # fmt: skip
    assert {key: rows[0][key] for key in expected} == expected


def test_a_sync_with_nothing_new_says_so_and_writes_nothing(offline: Story) -> None:
    [done] = offline.syncs[1]
    assert (done.folder, done.runs, done.battles) == (None, 0, 0)
    assert done.text.startswith("small talk: nothing new; offline in ")
    assert offline.ledger[0] == offline.ledger[1]
    assert len(folders(offline.at)) == 2


def test_a_result_is_a_line_for_people_and_json_for_programs(offline: Story) -> None:
    [done] = offline.syncs[0]
    assert done.text.startswith("small talk: 2 battles, 4 answers, 2 votes; offline in /")
    assert told([done]) == done.text
    assert told([]).startswith("Nothing new")
    idle = [replace(done, folder=None)] * 3
    assert told([done, *idle]).splitlines()[1:] == [
        f"3 experiments: nothing new, not sent yet; wandb sync FOLDER sends one of those in {done.waiting[-1].parent}"
    ]
    assert told(idle[:1]) == idle[0].text
    assert json.loads(json.dumps(done.as_json()))["folder"] == str(done.folder)


def test_growth_goes_alone_into_the_same_run(offline: Story) -> None:
    [done] = offline.syncs[2]
    old, new = offline.written(0), offline.written(2)
    assert (done.battles, done.runs, done.votes) == (1, 2, 1)
    assert old.run["id"] == new.run["id"]
    assert [r["battle"] for r in new.tables["answers"]] == ["e1-b3", "e1-b3"]
    assert [(h["battle"], h["cost_usd/cascade"]) for h in new.history] == [(3, 1.5)]
    assert new.history[0]["_step"] > old.history[-1]["_step"]
    assert new.summary["fixed/wins"] == 3


def test_sealed_battles_stay_at_home_until_voted_on(voting: Story) -> None:
    [first], [second] = voting.syncs
    assert (first.battles, first.held) == (2, 1)
    assert "1 battle held back" in first.text
    assert {r["battle"] for r in voting.written(0).tables["answers"]} == {"e1-b1", "e1-b3"}
    assert {r["battle"] for r in voting.written(1).tables["answers"]} == {"e1-b2"}
    assert second.held == 0


def test_a_vote_cast_after_its_battle_went_follows_it(voting: Story) -> None:
    written = voting.written(1)
    assert [r["battle"] for r in written.tables["late_votes"]] == ["e1-b3"]
    assert written.summary["fixed/wins"] == 3


def test_a_key_that_comes_later_uploads_what_was_written_before(online: tuple[Story, Server]) -> None:
    story, server = online
    [done] = story.syncs[1]
    assert (done.folder, done.runs, done.waiting) == (None, 0, ())
    assert done.url == f"{server.url}/team/routing-workbench/runs/e1"


def test_with_a_key_the_run_arrives_once_and_grows(online: tuple[Story, Server]) -> None:
    story, server = online
    run = server.runs["e1"]
    assert story.syncs[2][0].waiting == ()
    assert [row["battle"] for _, row in sorted(run.history.items())] == [1, 2, 3]
    assert [row[0] for row in server.rows("e1", "answers")] == [b for b in ("e1-b1", "e1-b2", "e1-b3") for _ in "AB"]
    assert run.summary["fixed/wins"] == 3
    assert run.config["setup"]["value"]["system"] == "Be brief."
    assert all(a["committed"] for a in server.artifacts.values())
    assert server.keys == {KEY}


def test_no_key_of_anyone_is_in_any_file(online: tuple[Story, Server]) -> None:
    user = online[0].at.home.parent
    files = [f for f in user.rglob("*") if f.is_file()]
    assert len(files) > 5
    for file in files:
        assert KEY.encode() not in file.read_bytes(), file
        assert SECRET.encode() not in file.read_bytes(), file
    assert not (user / "user").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_no_process_outlives_a_sync(online: tuple[Story, Server]) -> None:
    mark = b"WANDB_DIR=" + str(online[0].at.home).encode()
    assert [pid for pid, environ in environs() if mark in environ] == []


def environs() -> Iterator[tuple[str, bytes]]:
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            yield entry.parent.name, entry.read_bytes()
        except OSError:
            continue  # ended meanwhile, or another user's


def test_dates_choose_battles_and_a_comparison_names_its_experiment(store: Store, tmp_path: Path) -> None:
    async def steps() -> tuple[Synced, list[Synced]]:
        await experiment(store, battles=3)
        await experiment(store, "e2", battles=1)
        since, until = NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)
        [named] = await sync(store, settings(tmp_path), experiment="e1-b1c", since=since, until=until)
        return named, await sync(store, settings(tmp_path))

    named, rest = asyncio.run(steps())
    assert (named.experiment, named.battles) == ("e1", 1)
    assert [(s.experiment, s.battles) for s in rest] == [("e1", 2), ("e2", 1)]


def test_an_unknown_experiment_is_an_error_that_says_where_to_look(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SyncError, match=r"'nope'.*table `experiments`"):
        asyncio.run(sync(store, settings(tmp_path), experiment="nope"))


def test_two_syncs_at_once_send_once(store: Store, tmp_path: Path) -> None:
    said: list[str] = []

    async def steps() -> tuple[list[Synced], list[Synced]]:
        await experiment(store)
        at = settings(tmp_path)
        return await asyncio.gather(sync(store, at), sync(store, at, report=said.append))

    results = asyncio.run(steps())
    assert [s.runs for done in results for s in done if s.folder] == [4]
    assert said[0] == "another sync is under way: waiting for it"
    assert len(folders(settings(tmp_path))) == 1


def test_folders_uploaded_by_hand_are_not_sent_again(store: Store, tmp_path: Path, server: Server) -> None:
    async def steps() -> list[Synced]:
        await experiment(store)
        await sync(store, settings(tmp_path))
        await grow(store, "e1", [3])
        await sync(store, settings(tmp_path))
        keys = {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": server.url, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        hand = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "wandb", "sync", *map(str, folders(settings(tmp_path))), env=keys
        )
        assert await hand.wait() == 0
        return await sync(store, connected(tmp_path, server))

    assert asyncio.run(steps()) == []
    assert [row["battle"] for _, row in sorted(server.runs["e1"].history.items())] == [1, 2, 3]
    assert len(server.rows("e1", "answers")) == 6


@pytest.mark.parametrize("fault", ["gone", "refused", "broken"])
def test_a_server_that_does_not_take_it_leaves_it_offline_and_says_so(
    store: Store, tmp_path: Path, server: Server, fault: str
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
    server.refused, server.broken = fault == "refused", fault == "broken"
    said: list[str] = []
    url = gone if fault == "gone" else server.url

    async def steps() -> tuple[Synced, list[Synced]]:
        await experiment(store)
        at = settings(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=url)
        [first] = await sync(store, at, report=said.append)
        server.refused = server.broken = False
        return first, await sync(store, connected(tmp_path, server))

    first, second = asyncio.run(steps())
    assert first.waiting == (first.folder,)
    assert "did not take it" in first.note
    assert first.note in first.text
    assert any("did not take everything" in line for line in said)
    assert KEY not in first.text
    assert second[0].url.endswith("/runs/e1")
    assert len(server.rows("e1", "answers")) == 4


def test_wandb_mode_offline_is_obeyed_with_a_key(store: Store, tmp_path: Path, server: Server) -> None:
    async def steps() -> list[Synced]:
        await experiment(store)
        at = settings(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=server.url, WANDB_MODE="offline")
        return await sync(store, at)

    [done] = asyncio.run(steps())
    assert done.waiting
    assert server.runs == {}


class FullDisk(Store):
    """Takes everything but what was mirrored."""

    async def append(self, rows: Sequence[Row]) -> None:
        if rows[0][0] == "synced":
            raise StoreError("the disk is full")
        await super().append(rows)


def test_a_ledger_that_cannot_be_written_leaves_no_folder(tmp_path: Path) -> None:
    at = settings(tmp_path)

    async def steps(full: Store) -> None:
        await experiment(full)
        await sync(full, at)

    with FullDisk(at.home) as full, pytest.raises(StoreError, match="disk is full"):
        asyncio.run(steps(full))
    assert folders(at) == []


def test_a_folder_that_a_crash_kept_out_of_the_ledger_is_removed(store: Store, tmp_path: Path) -> None:
    at = settings(tmp_path)
    stray, other = (at.home / "wandb" / f"offline-run-20260101_000000-{run}" for run in ("e1", "e2"))
    for folder in (stray, other):
        folder.mkdir(parents=True)

    async def steps() -> list[Synced]:
        await experiment(store)
        return await sync(store, at)

    [done] = asyncio.run(steps())
    assert folders(at) == [other, done.folder]


def test_a_folder_that_cannot_be_made_is_a_sync_error(store: Store, tmp_path: Path) -> None:
    async def steps() -> None:
        await experiment(store)
        at = settings(tmp_path)
        (at.home / "wandb").mkdir()
        (at.home / "wandb" / "data").write_text("in the way")
        await sync(store, at)

    with pytest.raises(SyncError, match=r"could not write the run: .*writer\.log"):
        asyncio.run(steps())


def test_a_home_that_cannot_be_written_is_a_sync_error(store: Store, tmp_path: Path) -> None:
    at = settings(tmp_path)
    (at.home / "wandb").write_text("a file in the way")
    with pytest.raises(SyncError, match=r"cannot write in .*WORKBENCH_HOME"):
        asyncio.run(sync(store, at))


def test_an_ask_outside_any_battle_is_a_battle_of_its_own(store: Store, tmp_path: Path) -> None:
    async def steps() -> Synced:
        await experiment(store, battles=0)
        [(_, run), *decisions] = answer("e1", "x", {"run_id": "r", "letter": "A", "spec_key": "k1"}, "fixed", 0.5, NOON)
        await store.append([("runs", {**run, "battle_id": None}), *decisions])
        [done] = await sync(store, settings(tmp_path))
        return done

    done = asyncio.run(steps())
    assert done.folder is not None
    assert [r["battle"] for r in read(done.folder).tables["answers"]] == ["r"]


def test_a_second_process_knows_what_the_first_one_sent(store: Store, tmp_path: Path) -> None:
    at = settings(tmp_path)

    async def steps(guest: Store) -> tuple[list[Synced], list[Synced]]:
        await experiment(store)
        return await sync(guest, at), await sync(store, at, experiment="e1")

    with Store(at.home) as guest:
        assert not guest.is_owner
        [first], [second] = asyncio.run(steps(guest))
    assert (first.runs, second.runs) == (4, 0)
