import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from workbench.store import open_store
from workbench.store.drifts import Drift, drift_row
from workbench.ui.drifts import router


def test_changes_of_the_last_two_weeks_are_told_in_sentences_the_latest_first(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ages = {"knn": 2, "cascade": 1, "random": 15}
    rows = [
        drift_row(Drift(name, "sum", "down", 0.8, 0.6, 120, f"run {name}", now - timedelta(days=days)), now)
        for name, days in ages.items()
    ]

    async def ask() -> httpx.Response:
        with open_store(tmp_path) as store:
            await store.append(rows)
            app = FastAPI()
            app.include_router(router(store))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                return await client.get("/api/drifts")

    told = asyncio.run(ask()).json()
    assert {(one["kind"], one["direction"], one["category"]) for one in told} == {("quality", "down", "sum")}
    assert [one["strategy"] for one in told] == ["cascade", "knn"]
    found = [one["text"] for one in told]
    assert len(found) == 2
    assert found[0].startswith("Quality of cascade in sum fell from 0.80 to about 0.60 (noticed ")
    assert "knn" in found[1]
