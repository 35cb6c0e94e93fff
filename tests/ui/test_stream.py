"""The event stream over real connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.ui.site import Page, Site, asked, called, served


async def until_stopped(site: Site, key: str) -> None:
    comparison = await site.desk.compare.find(key)
    async with asyncio.timeout(5):
        while comparison.busy:  # noqa: ASYNC110 - nobody tells when nobody reads
            await asyncio.sleep(0.02)


def test_a_page_is_given_the_state_then_patches_and_ends_with_the_servers_document(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, page = await site.begin("quick", "maker"), Page()
            await page.read(site, key, asked)
            assert page.events[0] == "state"
            assert set(page.events[1:]) <= {"patch", "comment"}
            assert page.document == (await site.client.get(f"/api/comparisons/{key}")).json()

    asyncio.run(main())


def test_a_dropped_connection_resumes_where_it_was(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, page = await site.begin("endless", "quick"), Page()
            await page.read(site, key, lambda p: len(p.events) > 4)
            before = len(page.events)
            await asyncio.sleep(0.2)
            await site.client.post(f"/api/comparisons/{key}/stop")
            await page.read(site, key, asked, after=page.last)
            assert "state" not in page.events[before:]
            assert page.document == (await site.client.get(f"/api/comparisons/{key}")).json()

    asyncio.run(main())


def test_two_pages_read_one_comparison(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, pages = await site.begin("maker", "quick"), (Page(), Page())
            await asyncio.gather(*(page.read(site, key, asked) for page in pages))
            assert pages[0].document == pages[1].document

    asyncio.run(main())


def test_a_page_that_leaves_while_another_reads_stops_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, unread_s=1.0) as site:
            key = await site.begin("endless", "quick")
            stays = asyncio.create_task(Page().read(site, key, lambda p: False))
            await Page().read(site, key, lambda p: len(p.events) > 2)
            await asyncio.sleep(1.4)
            assert (await site.desk.compare.find(key)).busy
            stays.cancel()
            await asyncio.wait({stays})

    asyncio.run(main())


def test_a_closed_page_stops_what_nobody_reads_upstream_included(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, unread_s=0.1) as site:
            key = await site.begin("stuck", "endless")
            await Page().read(site, key, lambda p: True)
            await until_stopped(site, key)
            comparison = await site.desk.compare.find(key)
            await comparison.wait()
            assert [c.status for c in comparison.turns[0].cells.values()] == ["stopped", "stopped"]
            running = [repr(t.get_coro()) for t in asyncio.all_tasks()]
            assert not [t for t in running if "pump" in t or "_run" in t]
            rows = await site.desk.store.read("select error_kind from runs")
            assert [r["error_kind"] for r in rows] == ["stopped", "stopped"]

    asyncio.run(main())


def test_a_comparison_that_no_page_ever_opened_is_stopped_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, unread_s=0.1) as site:
            await until_stopped(site, await site.begin("endless", "endless"))

    asyncio.run(main())


def test_a_page_that_comes_back_in_time_finds_it_running(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, unread_s=0.5) as site:
            key, page = await site.begin("endless", "quick"), Page()
            for _ in range(4):
                await page.read(site, key, lambda p: len(p.events) % 4 == 0, after=page.last)
                await asyncio.sleep(0.2)
            assert (await site.desk.compare.find(key)).busy

    asyncio.run(main())


def test_a_page_that_comes_after_the_feed_was_let_go_is_given_the_state_anew(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, unread_s=0.05) as site:
            key, page = await site.begin("quick", "other"), Page()
            await page.read(site, key, asked)
            await asyncio.sleep(0.2)
            later = Page()
            await later.read(site, key, asked, after=page.last)
            assert later.events[0] == "state"
            assert later.document == page.document

    asyncio.run(main())


def test_a_silent_stream_shows_that_it_lives(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, heartbeat_s=0.05) as site:
            key, page = await site.begin("quick", "stuck"), Page()
            await page.read(site, key, lambda p: p.events.count("comment") > 3)
            assert ": still here" in page.raw

    asyncio.run(main())


def test_closing_the_feeds_ends_the_streams(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, page = await site.begin("stuck", "quick"), Page()
            reading = asyncio.create_task(page.read(site, key, lambda p: False))
            await asyncio.sleep(0.2)
            site.feeds.close()
            async with asyncio.timeout(2):
                await reading

    asyncio.run(main())


@pytest.mark.parametrize("after", ["", "0", "zz.9", "9.-1", "é.1"])
def test_any_event_id_is_answered(tmp_path: Path, after: str) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, page = await site.begin("quick", "other"), Page()
            path = f"/api/comparisons/{key}/events"
            async with site.client.stream("GET", path, headers=[(b"last-event-id", after.encode())]) as response:
                assert response.status_code == 200
                assert "event: state" in await anext(response.aiter_text())
            await page.read(site, key, asked)

    asyncio.run(main())


def test_no_byte_of_a_sealed_comparison_tells_what_a_column_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as site:
            key, page = await site.begin("quick", "other", "broken", blind=True), Page()
            await page.read(site, key, asked)
            body = page.raw + (await site.client.get(f"/api/comparisons/{key}")).text
            for secret in ("fixed", 'quick"', 'other"', "broken", "cost", "latency", "ttft", "500", "model"):
                assert secret not in body, secret

    asyncio.run(main())


def test_a_stream_of_no_comparison_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with called(tmp_path) as site:
            response = await site.client.get("/api/comparisons/none/events")
            assert (response.status_code, "no comparison" in response.json()["error"]) == (400, True)

    asyncio.run(main())
