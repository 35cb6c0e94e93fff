"""The Learn page's routes around a real store and a real job."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.weighed import NAME, weighed
from workbench.store import open_store

from .site import called


def test_a_version_is_put_in_force_again_and_the_answer_is_what_is_there_then(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        weighed(tmp_path, store, datetime.now(UTC))

    async def scenario() -> None:
        async with called(tmp_path) as site:
            (before,) = (await site.client.get("/api/learning")).json()
            assert before["version"] == 2
            assert set(before["colors"]) == set(before["versions"][-1]["weights"][""])
            (after,) = (await site.client.post(f"/api/learning/{NAME}/rollback", json={"version": 0, "seen": 2})).json()
            assert (after["version"], after["changes"][0]["from"]) == (0, 2)
            late = await site.client.post(f"/api/learning/{NAME}/rollback", json={"version": 1, "seen": 2})
            assert late.status_code == 400
            assert "look again" in late.json()["error"]

    asyncio.run(scenario())


def test_fitting_without_anything_to_learn_from_says_what_is_missing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            assert (await site.client.get("/api/learning")).json()[0]["version"] is None
            refused = await site.client.post(f"/api/learning/{NAME}/refit", json={})
            assert refused.status_code == 400
            assert "nothing to learn from yet" in refused.json()["error"]

    asyncio.run(scenario())


def test_what_no_job_fits_and_what_is_no_version_are_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            for name in ("knn", "nosuch", "..%2f..%2fetc"):
                for verb, body in (("refit", {}), ("rollback", {"version": 0, "seen": 0})):
                    refused = await site.client.post(f"/api/learning/{name}/{verb}", json=body)
                    assert refused.status_code in (400, 404)
                    assert refused.json()["error"]
            for text in ("{}", '{"version": -1, "seen": 0}', '{"version": "x", "seen": 0}'):
                malformed = await site.client.post(f"/api/learning/{NAME}/rollback", content=text)
                assert malformed.status_code == 422

    asyncio.run(scenario())
