"""History's routes on a real store: what is listed, filtered, opened and exported, and what is not while it is sealed."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.ui.site import Site, called


def at(home: Path, work: Callable[[Site], Awaitable[None]]) -> None:
    async def main() -> None:
        async with called(home) as site:
            await work(site)

    asyncio.run(main())


async def listed(site: Site, **query: str) -> list[dict[str, Any]]:
    response = await site.client.get("/api/runs", params=query)
    assert response.status_code == 200, response.text
    return list(response.json()["runs"])


async def exported(site: Site, form: str, what: str = "runs", **query: str) -> pl.DataFrame:
    response = await site.client.get(f"/api/exports/{what}.{form}", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"] == f'attachment; filename="{what}.{form}"'
    file = io.BytesIO(response.content)
    if form == "csv":
        return pl.read_csv(file)
    return pl.read_ndjson(file) if form == "jsonl" else pl.read_parquet(file)


def test_runs_are_listed_newest_first_with_what_can_be_filtered_by(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        await site.ended(await site.begin("quick", "other", prompt="first", category="talk"))
        await site.ended(await site.begin("quick", "broken", prompt="second"))
        found = (await site.client.get("/api/runs")).json()
        assert [r["prompt"] for r in found["runs"]] == ["second", "second", "first", "first"]
        assert (found["total"], found["next"]) == (4, None)
        assert found["facets"] == {
            "strategy": ["fixed"],
            "model": ["other", "quick"],
            "category": ["talk"],
            "label": [],
        }
        assert set(found["colors"]) == {"fixed"}

    at(tmp_path, work)


def test_sealed_runs_are_nowhere_until_they_are_voted_on(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        key = await site.begin("quick", "other", blind=True, prompt="sealed words", category="secret")
        vote = (await site.ended(key))["turns"][0]["vote"]
        (hidden, *_) = await site.desk.store.read("select id from runs")
        found = (await site.client.get("/api/runs")).json()
        assert (found["runs"], found["total"], found["facets"]["model"]) == ([], 0, [])
        assert (await site.client.get(f"/api/runs/{hidden['id']}")).status_code == 400
        for form in ("csv", "jsonl", "parquet"):
            for what in ("runs", "votes"):
                response = await site.client.get(f"/api/exports/{what}.{form}")
                assert b"sealed words" not in response.content
                assert b"quick" not in response.content
        await site.client.post(f"/api/comparisons/{key}/vote", json={"token": vote["token"], "choice": "A"})
        assert sorted(r["vote"] for r in await listed(site)) == ["lost", "won"]
        assert (await site.client.get(f"/api/runs/{hidden['id']}")).json()["strategy"] == "fixed"
        assert len(await exported(site, "jsonl")) == 2
        assert len(await exported(site, "jsonl", "votes")) == 1

    at(tmp_path, work)


def test_filters_narrow_and_what_matches_nothing_is_an_empty_list(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        await site.ended(await site.begin("quick", "other", prompt="Where is the Café?", category="talk"))
        today = datetime.now(UTC).date()
        assert len(await listed(site, model="quick")) == 1
        assert len(await listed(site, strategy="fixed", category="talk")) == 2
        assert len(await listed(site, text="café")) == 2
        assert len(await listed(site, since=str(today - timedelta(1)), until=str(today + timedelta(1)))) == 2
        assert await listed(site, until="2020-01-01") == []
        assert len(await listed(site, until="9999-12-31", since="0001-01-01")) == 2
        assert await listed(site, model="' or true --") == []
        assert await listed(site, text="%") == []
        assert await listed(site, text="\x00") == []

    at(tmp_path, work)


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "2026-02-30", "1", "x" * 1000])
@pytest.mark.parametrize("path", ["/api/runs", "/api/exports/runs.csv", "/api/exports/runs.parquet"])
def test_a_day_that_is_none_is_refused_with_an_example(tmp_path: Path, path: str, day: str) -> None:
    async def work(site: Site) -> None:
        response = await site.client.get(path, params={"since": day})
        assert response.status_code == 400
        assert "2026-11-30" in response.json()["error"]

    at(tmp_path, work)


@pytest.mark.parametrize("name", ["secrets.csv", "runs.xlsx", "runs.exe", "calls.parquet", "..%2f.csv", "runs%0a.csv"])
def test_what_cannot_be_exported_is_refused_before_anything_is_sent(tmp_path: Path, name: str) -> None:
    async def work(site: Site) -> None:
        response = await site.client.get(f"/api/exports/{name}")
        assert response.status_code in (400, 404)
        assert list(response.json()) == ["error"]

    at(tmp_path, work)


def test_the_cursor_visits_every_run_once(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        for i in range(17):
            await site.ended(await site.begin("quick", "other", "maker", "quick", prompt=f"n{i}"))
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            found = (await site.client.get("/api/runs", params={"before": cursor})).json()
            seen += [r["id"] for r in found["runs"]]
            cursor = found["next"]
        assert (len(seen), len(set(seen))) == (68, 68)
        assert await listed(site, before="no such run") == []

    at(tmp_path, work)


def test_a_run_is_opened_with_its_answer_reason_and_trace(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        body = {
            "columns": [
                {"strategy": "fallback", "params": {"inner": {"strategy": "fixed", "params": {"model": "broken"}}}}
            ]
            * 2,
            "pool": ["broken", "quick"],
            "prompt": "hi",
        }
        key = (await site.client.post("/api/comparisons", json=body)).json()["id"]
        await site.ended(key)
        run = (await site.client.get(f"/api/runs/{(await listed(site))[0]['id']}")).json()
        assert run["html"] == "<p>a quick answer</p>\n"
        assert (run["strategy"], run["model"], run["comparison_id"]) == ("fallback", "quick", key)
        assert [(s["model"], s["kind"]) for s in run["trace"]] == [("broken", "server"), ("quick", "")]
        assert run["params"]["inner"] == {"strategy": "fixed", "params": {"model": "broken"}}
        assert run["metrics"]["calls"] == 2
        assert [s["model"] for s in run["why"]["scores"] if s["chosen"]] == ["quick"]

    at(tmp_path, work)


def test_a_run_of_a_model_that_left_the_catalog_is_still_shown(tmp_path: Path) -> None:
    async def before(site: Site) -> None:
        await site.ended(await site.begin("quick", "other"))

    async def after(site: Site) -> None:
        for row in await listed(site):
            run = (await site.client.get(f"/api/runs/{row['id']}")).json()
            assert run["model"] == row["model"]
            assert run["metrics"]["cost_usd"] > 0

    at(tmp_path, before)
    catalog = tmp_path / "models.toml"
    catalog.write_text(catalog.read_text().replace('id = "quick"', 'id = "renamed"'))
    at(tmp_path, after)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_holds_the_runs_on_show_and_reads_back(tmp_path: Path, form: str) -> None:
    text = 'a "quoted", line\nand another; 👩‍👩‍👧 ünïcode'

    async def work(site: Site) -> None:
        await site.ended(await site.begin("quick", "other", prompt=text))
        await site.ended(await site.begin("quick", "broken", prompt="more"))
        frame = await exported(site, form)
        assert len(frame) == 4
        assert frame["prompt"].to_list() == [text, text, "more", "more"]
        assert len(await exported(site, form, model="other")) == 1

    at(tmp_path, work)


def test_an_export_of_nothing_is_a_whole_file(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        for form in ("csv", "parquet"):
            frame = await exported(site, form)
            assert len(frame) == 0
            assert {"prompt", "answer", "cost_usd", "vote"} <= set(frame.columns)
        assert (await site.client.get("/api/exports/runs.jsonl")).content == b""

    at(tmp_path, work)


def test_a_spreadsheet_is_given_no_formula(tmp_path: Path) -> None:
    prompts = ['=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]

    async def work(site: Site) -> None:
        for prompt in prompts:
            await site.ended(await site.begin("quick", "other", prompt=prompt))
        body = (await site.client.get("/api/exports/runs.csv")).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(body, newline="")))
        assert [r["prompt"] for r in rows[::2]] == [f"'{prompt}" for prompt in prompts]
        lines = (await site.client.get("/api/exports/runs.jsonl")).text.splitlines()
        assert [json.loads(line)["prompt"] for line in lines[::2]] == prompts  # for programs: as it was

    at(tmp_path, work)


def test_a_refused_export_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "tmp"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))

    async def work(site: Site) -> None:
        assert (await site.client.get("/api/exports/calls.parquet")).status_code == 400
        await exported(site, "parquet")
        assert list(made.iterdir()) == []

    at(tmp_path / "home", work)
