"""The Experiments page's routes around a real store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.services.trial import TWO, conduct, plan
from tests.store.battles import ballot, comparison

from .site import called


def test_experiments_are_listed_and_opened_with_their_colours(tmp_path: Path) -> None:
    asked = plan([TWO[0], TWO[1], ("random", {})])
    _, made = conduct(tmp_path, asked)

    async def scenario() -> None:
        async with called(tmp_path) as site:
            (listed,) = (await site.client.get("/api/experiments")).json()
            assert (listed["name"], listed["answered"], listed["cases"]) == ("first", 6, 6)
            found = (await site.client.get(f"/api/experiments/{listed['id']}")).json()
            assert found["sentence"] == made["sentence"]
            assert set(found["colors"]) == {one["label"] for one in made["strategies"]}
            assert len({tuple(pair) for pair in found["colors"].values()}) == 3

    asyncio.run(scenario())


def test_a_report_is_a_file_that_says_the_same_each_time(tmp_path: Path) -> None:
    asked = plan()
    conduct(tmp_path, asked)

    async def scenario() -> None:
        async with called(tmp_path) as site:
            for form, kind in (("md", "text/markdown"), ("json", "application/json")):
                first, second = [await site.client.get(f"/api/experiments/{asked.id}/report.{form}") for _ in range(2)]
                assert first.content == second.content
                assert first.headers["content-type"].startswith(kind)
            refused = await site.client.get(f"/api/experiments/{asked.id}/report.exe")
            assert refused.status_code == 400

    asyncio.run(scenario())


def test_none_is_an_empty_list_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            assert (await site.client.get("/api/experiments")).json() == []
            refused = await site.client.get("/api/experiments/nosuch")
            assert refused.status_code == 400
            assert "experiment run" in refused.json()["error"]

    asyncio.run(scenario())


def test_a_blind_comparison_is_not_shown_here(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            await site.desk.store.append([*comparison("c"), ballot("c-0", "A")])
            assert (await site.client.get("/api/experiments")).json() == []
            refused = await site.client.get("/api/experiments/e")
            assert refused.status_code == 400
            assert "no live experiment" in refused.json()["error"]

    asyncio.run(scenario())


def test_one_is_begun_over_http_and_refused_where_it_is_wrong(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            names = [one["name"] for one in (await site.client.get("/api/experiments/suites")).json()]
            assert "smoke" in names
            fixed = [{"strategy": "fixed", "params": {"model": model}} for model in ("quick", "other")]
            asked = {"name": "mine", "strategies": fixed, "suite": "smoke", "limit": 2}
            begun = await site.client.post("/api/experiments", json=asked)
            assert begun.status_code == 202
            await site.client.post("/api/experiments/stop", json={})
            for wrong in ({"suite": "nosuch"}, {"strategies": fixed[:1]}, {"limit": 0}):
                refused = await site.client.post("/api/experiments", json=asked | wrong)
                assert refused.status_code == 400, refused.text
            head = {"content-type": "application/json"}
            body = json.dumps(asked | {"name": "half \ud800", "limit": 1})
            assert (await site.client.post("/api/experiments", content=body, headers=head)).status_code == 202
            endless = body.replace('"limit": 1', '"limit": 1e999')
            assert (await site.client.post("/api/experiments", content=endless, headers=head)).status_code == 400

    asyncio.run(scenario())
