"""The Replay page's routes: data sets, replays that run beside the app, what they found, its plots as files."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Header
from fastapi.responses import Response

from workbench.errors import BadInput
from workbench.services import datasets
from workbench.services.benchmark import Request
from workbench.services.jobs import Jobs
from workbench.services.plots import FORMATS, picture, plots
from workbench.services.replay_prompt import replay_prompt
from workbench.services.shelf import Shelf

from .routes import as_json, plain

MEDIA = {
    "document": "application/json",
    "columns": "application/octet-stream",
    "prompts": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html; charset=utf-8",
}
KEPT = {"document": "document.json.gz", "columns": "columns.bin.gz", "prompts": "prompts.json.gz"}


def router(jobs: Jobs) -> APIRouter:
    api = APIRouter(prefix="/api")
    home = jobs.settings.home

    @api.get("/datasets")
    async def listing() -> Response:
        return as_json(await asyncio.to_thread(datasets.listing, home))

    @api.get("/votes")
    async def voted() -> Response:
        return as_json(await asyncio.to_thread(datasets.ballots, home))

    @api.get("/datasets/{name}")
    async def coverage(name: str) -> Response:
        return as_json(await asyncio.to_thread(datasets.coverage, name, home))

    @api.post("/replays")
    async def begin(wish: Annotated[Any, Body()]) -> Response:
        return as_json(jobs.find((await jobs.start(wanted(wish))).key), 202)

    @api.get("/replays")
    async def recent() -> Response:
        return as_json(await asyncio.to_thread(jobs.recent))

    @api.get("/replays/{key}")
    async def status(key: str) -> Response:
        return as_json(jobs.find(key))

    @api.post("/replays/{key}/stop")
    async def stop(key: str) -> Response:
        jobs.stop(key)
        return as_json(jobs.find(key))

    _add_results(api, jobs)
    return api


def _add_results(api: APIRouter, jobs: Jobs) -> None:
    """What a replay that is done has to show."""

    @api.get("/replays/{key}/plots/{name}.{form}")
    async def plot(key: str, name: str, form: str) -> Response:
        body = await asyncio.to_thread(drawn, jobs.shelf, key, name, form)
        attached = f'attachment; filename="replay-{name}.{form}"'
        return Response(body, media_type=MEDIA[form], headers={"content-disposition": attached})

    @api.get("/replays/{key}/prompts/{row}")
    async def prompt(key: str, row: int) -> Response:
        return as_json(await asyncio.to_thread(replay_prompt, jobs.shelf, jobs.settings.home, key, row))

    @api.get("/replays/{key}/{part}")
    async def result(key: str, part: str, accept_encoding: str = Header("")) -> Response:
        if part not in KEPT:
            raise BadInput(f"a replay has no {part}; it has {', '.join(KEPT)}")
        path = jobs.shelf.file(key, KEPT[part])
        return await asyncio.to_thread(_kept, path, MEDIA[part], "gzip" in accept_encoding)


def wanted(wish: Any) -> Request:
    """What a page asks for. Raises BadInput."""
    try:
        return Request.parse(plain(wish))
    except ValueError as error:  # nested too deeply
        raise BadInput(str(error)) from None


def drawn(shelf: Shelf, key: str, name: str, form: str) -> bytes:
    """A plot of a result as a file. Raises BadInput."""
    if form not in FORMATS:
        raise BadInput(f"no plot format {form}; there are {', '.join(FORMATS)}")
    specs = plots(orjson.loads(gzip.decompress(shelf.file(key, KEPT["document"]).read_bytes())))
    if name not in specs:
        raise BadInput(f"this replay has no plot {name}; it has {', '.join(specs)}")
    return picture(specs[name], form)


def _kept(path: Path, media: str, packed: bool) -> Response:
    """A file as it lies, or unpacked for who cannot. A result never changes under its key."""
    headers = {"cache-control": "private, max-age=3600", "vary": "accept-encoding"}
    body = path.read_bytes()
    if packed:
        return Response(body, media_type=media, headers=headers | {"content-encoding": "gzip"})
    return Response(gzip.decompress(body), media_type=media, headers=headers)
