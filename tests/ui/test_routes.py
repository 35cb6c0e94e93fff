"""The page's routes as a browser, a script or a stranger calls them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.site import Site, called

COLUMNS = [{"strategy": "fixed", "params": {"model": m}} for m in ("quick", "other")]


def at(home: Path, work: Callable[[Site], Awaitable[None]]) -> None:
    async def main() -> None:
        async with called(home) as site:
            await work(site)

    asyncio.run(main())


def test_a_comparison_from_its_beginning_to_its_vote(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        key = await site.begin(
            "quick", "other", blind=True, category="small talk", temperature=0.5, system=" Be brief. "
        )
        document = await site.ended(key)
        assert "strategy" not in document["columns"][0]
        vote = document["turns"][0]["vote"]
        assert [c["choice"] for c in vote["choices"]] == ["A", "B", "tie", "both_bad"]
        url = f"/api/comparisons/{key}"
        done = await site.client.post(f"{url}/vote", json={"token": vote["token"], "choice": "A", "tags": ["clear"]})
        assert done.json() == {"turn": 0, "choice": "A"}
        again = await site.client.post(f"{url}/vote", json={"token": vote["token"], "choice": "B"})
        assert (again.status_code, "already cast" in again.json()["error"]) == (400, True)
        await asyncio.sleep(0.1)
        assert (await site.ended(key))["columns"][0]["strategy"] == "fixed"
        follow = await site.client.post(f"{url}/turns", json={"prompt": "and?"})
        assert (follow.status_code, follow.json()) == (201, {"turn": 1})
        await (await site.desk.compare.find(key)).wait()
        assert (await site.client.post(f"{url}/columns/A/regenerate")).status_code == 200
        runs = await site.desk.store.read(
            "select distinct category from runs where prompt_key in (select key from prompts)"
        )
        assert {"category": "small talk"} in runs
        (call, *_) = await site.desk.store.read("select params from calls limit 1")
        assert call["params"] == {"temperature": 0.5}

    at(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"columns": COLUMNS[:1]}, 400, "2 to 4"),
        ({"columns": COLUMNS * 3}, 400, "2 to 4"),
        ({"columns": []}, 400, "2 to 4"),
        ({"columns": [{"strategy": "nobody"}] * 2}, 400, "there are"),
        ({"columns": [{"strategy": "\ud800"}] * 2}, 400, "there are"),
        ({"columns": [{"strategy": "fixed", "params": {"x": 1}}] * 2}, 400, "no parameter"),
        ({"columns": [{"strategy": "fixed", "params": {"model": "\ud800"}}] * 2}, 400, "no model"),
        ({"columns": [{"strategy": "fixed", "params": {"\ud800": 1}}] * 2}, 400, "no parameter"),
        ({"columns": [{"strategy": "fixed", "\ud800": 1}] * 2}, 422, "columns.0"),
        ({"columns": "fixed"}, 422, "columns"),
        ({"pool": ["gone"]}, 400, "gone cannot be used"),
        ({"pool": ["other"]}, 400, "quick"),
        ({"temperature": 3}, 422, "temperature"),
        ({"temperature": "hot"}, 422, "temperature"),
        ({"max_tokens": 0}, 422, "max_tokens"),
        ({"budget_usd": -1}, 422, "budget_usd"),
        ({"budget_usd": float("inf")}, 422, "budget_usd"),
        ({"temperature": float("nan")}, 422, "temperature"),
        ({"prompt": ""}, 400, "empty"),
        ({"prompt": 5}, 422, "prompt"),
        ({"prompt": "\x00\x01\x02\x03"}, 400, "binary"),
        ({"prompt": "x" * 4_000_000}, 413, "4,000,000"),
        ({"prompt": "x" * 1_000_000, "pool": ["other"], "columns": [{"strategy": "fixed"}] * 2}, 400, "shorten it"),
        ({"system": "x" * 100_001}, 422, "system"),
        ({"category": "x" * 101}, 422, "category"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_words_and_nothing_is_kept(
    tmp_path: Path, change: dict[str, Any], status: int, says: str
) -> None:
    async def work(site: Site) -> None:
        body = json.dumps({"columns": COLUMNS, "prompt": "hi"} | change)
        headers = {"content-type": "application/json"}
        response = await site.client.post("/api/comparisons", content=body, headers=headers)
        assert (response.status_code, list(response.json())) == (status, ["error"]), response.text
        assert says in response.json()["error"]
        assert "Traceback" not in response.text
        assert (await site.desk.store.read("select count(*) as n from experiments"))[0]["n"] == 0

    at(tmp_path, work)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"prompt": "\xed\xa0\x80"}']
)
def test_a_body_that_is_no_json_object_is_refused_in_the_same_form(tmp_path: Path, body: bytes) -> None:
    async def work(site: Site) -> None:
        headers = {"content-type": "application/json"}
        response = await site.client.post("/api/comparisons", content=body, headers=headers)
        assert response.status_code in (400, 422)
        assert list(response.json()) == ["error"]

    at(tmp_path, work)


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם \u202eabc\u202c",
        "👩‍👩‍👧 family 🏳️‍🌈",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "![x](https://evil.example/a.png)",
        "'; drop table runs; --",
        "nul \x00 inside a sentence that is otherwise plain text",
        "word " * 200_000,
    ],
    ids=["rtl", "emoji", "html", "image", "sql", "nul", "1 MB"],
)
def test_a_prompt_of_any_text_is_asked_kept_and_shown_as_written(tmp_path: Path, text: str) -> None:
    async def work(site: Site) -> None:
        key = await site.begin("quick", "maker", prompt=text, pool=["quick", "maker"])
        document = await site.ended(key)
        assert document["turns"][0]["prompt"] == text
        assert document["turns"][0]["columns"]["A"]["status"] == "done"
        (row,) = await site.desk.store.read("select text from prompts")
        assert row["text"] == text

    at(tmp_path, work)


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        body = b'{"columns": %s, "prompt": "broken \\ud83d here"}' % json.dumps(COLUMNS).encode()
        headers = {"content-type": "application/json"}
        response = await site.client.post("/api/comparisons", content=body, headers=headers)
        assert response.status_code == 201, response.text
        document = await site.ended(response.json()["id"])
        assert document["turns"][0]["prompt"] == "broken \ufffd here"

    at(tmp_path, work)


@pytest.mark.parametrize("depth", [60, 400, 100_000])
def test_json_nested_without_end_is_refused(tmp_path: Path, depth: int) -> None:
    async def work(site: Site) -> None:
        body = b'{"prompt": "x", "columns": %s%s}' % (b"[" * depth, b"]" * depth)
        headers = {"content-type": "application/json"}
        response = await site.client.post("/api/comparisons", content=body, headers=headers)
        assert response.status_code in (400, 422), response.text
        assert response.json()["error"]

    at(tmp_path, work)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/nothing", None, 404),
        ("POST", "/api/setup", {}, 404),
        ("DELETE", "/api/comparisons/x", None, 404),
        ("GET", "/api/comparisons/none", None, 400),
        ("POST", "/api/comparisons/none/stop", {}, 400),
        ("POST", "/api/comparisons/none/turns", {"prompt": "x"}, 400),
        ("POST", "/api/comparisons/none/vote", {"token": "", "choice": "A"}, 400),
        ("POST", "/api/comparisons/none/vote", {"choice": "A"}, 422),
        ("POST", "/api/comparisons/none/reveal", {}, 400),
        ("POST", "/api/comparisons/none/columns/A/retry", {}, 400),
        ("POST", "/api/comparisons/none/columns/A/explode", {}, 422),
        ("GET", "/api/runs/none", None, 400),
        ("GET", "/api/comparisons/%00%ff", None, 400),
    ],
)
def test_every_refusal_has_one_form(tmp_path: Path, method: str, path: str, body: Any, status: int) -> None:
    async def work(site: Site) -> None:
        response = await site.client.request(method, path, json=body)
        assert (response.status_code, list(response.json())) == (status, ["error"]), response.text
        assert response.headers["x-content-type-options"] == "nosniff"

    at(tmp_path, work)


def test_a_page_of_another_site_changes_nothing(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
            response = await site.client.post(
                "/api/comparisons", json={"columns": COLUMNS, "prompt": "hi"}, headers=headers
            )
            assert (response.status_code, list(response.json())) == (403, ["error"])
        assert (await site.desk.store.read("select count(*) as n from experiments"))[0]["n"] == 0

    at(tmp_path, work)


def test_steering_says_why_it_cannot(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        key = await site.begin("endless", "quick")
        url = f"/api/comparisons/{key}"
        for path, body, says in [
            ("turns", {"prompt": "more"}, "still being answered"),
            ("columns/A/retry", {}, "stop it first"),
            ("columns/Z/stop", {}, "there are A, B"),
            ("reveal", {}, "no vote"),
            ("vote", {"token": "guess", "choice": "A"}, "nothing was changed"),
            ("vote", {"token": "gu\ud800ess", "choice": "A"}, ""),
        ]:
            headers = {"content-type": "application/json"}
            response = await site.client.post(f"{url}/{path}", content=json.dumps(body), headers=headers)
            assert response.status_code in (400, 422), response.text
            assert says in response.json()["error"]
        assert (await site.client.post(f"{url}/columns/A/stop")).status_code == 200
        document = await site.ended(key)
        assert [c["status"] for c in document["turns"][0]["columns"].values()] == ["stopped", "done"]

    at(tmp_path, work)


def test_a_bug_tells_the_page_nothing_of_our_insides(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        site.desk.compare.archive = None  # type: ignore[assignment]  # the bug that is tested
        response = await site.client.get("/api/comparisons/none")
        assert response.status_code == 500
        assert response.json() == {"error": "a bug ended this request; the log has the details"}
        assert response.headers["x-content-type-options"] == "nosniff"

    at(tmp_path, work)


def test_a_store_that_cannot_write_is_told_as_such(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        key = await site.begin("quick", "other", blind=True)
        token = (await site.ended(key))["turns"][0]["vote"]["token"]
        site.desk.store.close()
        response = await site.client.post(f"/api/comparisons/{key}/vote", json={"token": token, "choice": "A"})
        assert (response.status_code, response.json()) == (507, {"error": "the store is closed"})
        document = await site.ended(key)
        assert document["turns"][0]["vote"]["token"] == token
        assert "strategy" not in document["columns"][0]

    at(tmp_path, work)


def test_the_setup_offers_strategies_models_and_examples(tmp_path: Path) -> None:
    async def work(site: Site) -> None:
        offered = (await site.client.get("/api/setup")).json()
        assert {s["name"] for s in offered["strategies"]} >= {"fixed", "cascade", "complexity"}
        models = {m["id"]: m for m in offered["models"]}
        assert models["quick"]["usable"]
        assert not models["smollm2-135m"]["usable"]
        assert "models pull" in models["smollm2-135m"]["reason"]
        assert all(group["prompts"] for group in offered["examples"])
        names = [s["name"] for s in offered["strategies"]]
        assert set(offered["defaults"]["columns"]) <= set(names)

    at(tmp_path, work)
