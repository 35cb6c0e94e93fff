"""The Replay page's routes on a real desk: begun, followed, read, drawn, refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import toy
from tests.ui.site import Site, called

SWEEP = {"param": "moderate_from", "low": 0.0, "high": 0.5, "steps": 6}
ASKED: dict[str, Any] = {"data": "toy", "strategies": [{"strategy": "complexity", "sweep": SWEEP}], "folds": 2}


def at(home: Path, work: Callable[[Site], Awaitable[None]]) -> None:
    toy.make(home)

    async def main() -> None:
        async with called(home) as site:
            await work(site)

    asyncio.run(main())


async def replayed(site: Site, asked: dict[str, Any] = ASKED) -> dict[str, Any]:
    """The last status of a replay."""
    response = await site.client.post("/api/replays", json=asked)
    assert response.status_code == 202, response.text
    found = response.json()
    async with asyncio.timeout(60):
        while found["state"] in ("waiting", "running"):
            await asyncio.sleep(0.05)
            found = (await site.client.get(f"/api/replays/{found['key']}")).json()
    return dict(found)


def test_a_replay_is_begun_followed_and_read(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        found = await replayed(site)
        assert found["state"] == "done"
        url = f"/api/replays/{found['key']}"
        document = (await site.client.get(f"{url}/document")).json()
        assert document["request"]["data"] == "toy"
        assert document["colors"] == [["#2f6bd0", "#7aa7f5"]]
        body = (await site.client.get(f"{url}/columns")).content
        place = document["curves"][0]["choices"]
        table = np.frombuffer(body, np.uint8, int(np.prod(place["shape"])), place["at"]).reshape(place["shape"])
        chosen = np.bitwise_xor.accumulate(table, axis=0)
        quality = np.frombuffer(body, "<f4", 240, document["cells"]["quality"]["at"]).reshape(80, 3)
        for row, point in zip(chosen, document["curves"][0]["points"], strict=True):
            assert quality[np.arange(80), row].mean() == pytest.approx(point["quality"]["value"])
        prompts = (await site.client.get(f"{url}/prompts")).json()
        assert prompts["texts"][0] == toy.HOSTILE
        one = (await site.client.get(f"{url}/prompts/5")).json()
        assert one["id"] == prompts["ids"][5]
        assert [answer["model"] for answer in one["answers"]] == list(toy.MODELS)
        assert one["answers"][2]["response"] == "large says 5"

    at(tmp_path, work)


def test_what_is_kept_is_sent_packed_or_plain_and_may_be_cached(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        url = f"/api/replays/{(await replayed(site))['key']}/document"
        packed = await site.client.get(url, headers={"accept-encoding": "gzip"})
        plain = await site.client.get(url, headers={"accept-encoding": "identity"})
        assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
        assert packed.json() == plain.json()
        assert "max-age" in packed.headers["cache-control"]

    at(tmp_path, work)


def test_pages_are_answered_while_a_replay_runs_and_equal_requests_share_it(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        keys = {(await site.client.post("/api/replays", json=ASKED)).json()["key"] for _ in range(3)}
        assert len(keys) == 1
        loop = asyncio.get_running_loop()
        slowest = 0.0
        url = f"/api/replays/{keys.pop()}"
        while (await site.client.get(url)).json()["state"] in ("waiting", "running"):
            began = loop.time()
            await asyncio.sleep(0.01)
            slowest = max(slowest, loop.time() - began)
        assert slowest < 1.5  # in this process it would be as long as the replay takes
        assert [one["state"] for one in (await site.client.get("/api/replays")).json()] == ["done"]

    at(tmp_path, work)


def test_plots_are_files_in_three_forms(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        url = f"/api/replays/{(await replayed(site))['key']}/plots"
        starts = {"png": b"\x89PNG", "svg": b"<svg", "html": b"<!DOCTYPE html>"}
        for form, start in starts.items():
            response = await site.client.get(f"{url}/frontier.{form}")
            assert response.content.lstrip()[: len(start)].upper() == start.upper(), form
            assert response.headers["content-disposition"] == f'attachment; filename="replay-frontier.{form}"'
        for wrong, says in (("frontier.exe", "no plot format exe"), ("nothing.png", "no plot nothing")):
            response = await site.client.get(f"{url}/{wrong}")
            assert (response.status_code, says in response.json()["error"]) == (400, True)

    at(tmp_path, work)


def test_a_replay_that_runs_can_be_stopped(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        key = (await site.client.post("/api/replays", json=ASKED)).json()["key"]
        stopped = await site.client.post(f"/api/replays/{key}/stop")
        assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
        assert (await replayed(site))["state"] == "done"

    at(tmp_path, work)


def test_a_prompt_of_a_data_set_that_has_changed_is_not_shown_as_if_it_were_the_same(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        url = f"/api/replays/{(await replayed(site))['key']}/prompts"
        toy.make(tmp_path, n=84)
        response = await site.client.get(f"{url}/5")
        assert (response.status_code, "has changed since" in response.json()["error"]) == (400, True)
        beyond = await site.client.get(f"{url}/80")
        assert (beyond.status_code, "0 to 79" in beyond.json()["error"]) == (400, True)
        assert (await site.client.get(f"{url}/x")).status_code == 422

    at(tmp_path, work)


def test_data_sets_are_listed_and_opened(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        names = [one["name"] for one in (await site.client.get("/api/datasets")).json()]
        assert {"reasoning", "toy"} <= set(names)
        assert len((await site.client.get("/api/datasets/toy")).json()["cells"]) == 12
        assert (await site.client.get("/api/votes")).json() == []
        gone = await site.client.get("/api/datasets/..%2Ftoy")
        assert gone.status_code in (400, 404)

    at(tmp_path, work)


NESTED: Any = json.loads("[" * 60 + "]" * 60)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "names data and strategies"),
        ([], "names data and strategies"),
        (7, "names data and strategies"),
        (NESTED, "levels deep"),
        ({"data": "toy", "strategies": []}, "from 1 to 12"),
        ({"data": "gone", "strategies": [{"strategy": "knn"}]}, "no data set named"),
        ({"data": "/etc/x.parquet", "strategies": [{"strategy": "knn"}]}, "no data set named"),
        (ASKED | {"folds": -1}, "0 to 100 folds"),
        (ASKED | {"folds": 1e400}, "names data and strategies"),
        (ASKED | {"seed": -1}, "seed of 0 to"),
        ({"data": "toy", "strategies": [{"strategy": "a", "sweep": SWEEP | {"steps": 10**9}}]}, "must go up"),
        ({"data": "toy", "strategies": [{"strategy": "a", "sweep": SWEEP | {"low": 9}}]}, "must go up"),
        ({"data": "toy", "strategies": [{"strategy": "a", "sweep": {"param": "x"}}]}, "names data and strategies"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_its_reason(tmp_path: Path, body: Any, says: str) -> None:
    async def work(site: Site) -> None:
        raw = json.dumps(body).replace("Infinity", "1e999")
        response = await site.client.post("/api/replays", content=raw, headers={"content-type": "application/json"})
        assert response.status_code == 400, response.text
        assert says in response.json()["error"]

    at(tmp_path, work)


@pytest.mark.parametrize("path", ["", "/document", "/columns", "/plots/frontier.svg", "/prompts/0", "/stop"])
def test_what_is_not_kept_says_so(tmp_path: Path, path: str) -> None:
    async def work(site: Site) -> None:
        for key in ("0" * 32, "about.json", "%2e%2e%2f"):
            method = "POST" if path == "/stop" else "GET"
            response = await site.client.request(method, f"/api/replays/{key}{path}")
            assert response.status_code in (400, 404, 405), (key, response.text)
        assert "run it again" in (await site.client.get(f"/api/replays/{'0' * 32}")).json()["error"]

    at(tmp_path, work)
