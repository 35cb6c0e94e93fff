"""The Routes page's route on a real store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.routed import routed, rows
from workbench.palette import PALETTE
from workbench.store.routing import PARTS
from workbench.ui.routing import colored

from .site import called


def test_shares_come_with_one_colour_for_a_part_on_the_whole_page(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            await site.desk.store.append(rows(datetime.now(UTC)))
            found = (await site.client.get("/api/routing")).json()
            assert {tuple(panel["colors"]["small"]) for panel in found["panels"]} == {
                tuple(found["panels"][0]["colors"]["small"])
            }
            classes = (await site.client.get("/api/routing", params={"by": "label", "strategy": "semantic"})).json()
            (panel,) = classes["panels"]
            assert set(panel["colors"]) == {"code", "maths", "chat", "writing"}  # what it did not tell apart has none
            assert len({tuple(pair) for pair in panel["colors"].values()}) == 4

    asyncio.run(scenario())


def test_parts_of_one_panel_never_share_a_colour_however_many_the_page_has() -> None:
    def panel(name: str) -> dict[str, Any]:
        return {"strategy": name, "parts": [{"name": f"{name} {i}"} for i in range(PARTS)]}

    for one in colored({"by": "model", "panels": [panel("a"), panel("b"), panel("c")]})["panels"]:
        assert sorted(one["colors"].values()) == sorted(PALETTE)


def test_what_cannot_be_asked_is_refused_and_filters_of_other_pages_are_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with called(tmp_path) as site:
            await site.desk.store.append(routed("semantic", "small", datetime.now(UTC), "code"))
            for query in ({"by": "text"}, {"every": "second"}, {"since": "tomorrow"}):
                refused = await site.client.get("/api/routing", params=query)
                assert refused.status_code == 400
                assert refused.json()["error"]
            found = (await site.client.get("/api/routing", params={"model": "none", "text": "nothing"})).json()
            assert found["panels"][0]["runs"] == 1

    asyncio.run(scenario())
