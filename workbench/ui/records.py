"""The History page's routes: stored runs by filter, one run whole, exports. Sealed battles are never among them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from workbench.errors import BadInput
from workbench.palette import strategy_color
from workbench.services.archive import past_run
from workbench.store import Store
from workbench.store.exports import MEDIA, lines, write
from workbench.store.history import Filter, page
from workbench.types import Model

from .markdown import to_html
from .render import metrics, trace, why
from .routes import as_json


def router(store: Store, models: Mapping[str, Model]) -> APIRouter:
    api = APIRouter(prefix="/api")

    @api.get("/runs")
    async def runs(request: Request, before: str = "") -> Response:
        found = await page(store, Filter.parse(request.query_params), before)
        colors = {name: list(strategy_color(name)) for name in found["facets"]["strategy"]}
        return as_json({**found, "colors": colors})

    @api.get("/runs/{run_id}")
    async def run(run_id: str) -> Response:
        return as_json(await _run(store, models, run_id))

    @api.get("/exports/{what}.{form}")
    async def export(request: Request, what: str, form: str) -> Response:
        wanted = Filter.parse(request.query_params)
        if form == "parquet":
            return await _parquet(store, what, wanted)
        pieces = await asyncio.to_thread(_begun, lines(store, what, form, wanted))
        return StreamingResponse(pieces, media_type=MEDIA[form], headers=_attached(what, form))

    return api


async def _run(store: Store, models: Mapping[str, Model], run_id: str) -> dict[str, Any]:
    found = await past_run(store, run_id)
    if found is None:
        raise BadInput("there is no such run, or its blind comparison waits for a vote")
    row, run = found.row, found.run
    candidates = _candidates(models, [*(run.decision.scores if run.decision else ()), row["model"]])
    shown = ("id", "strategy", "model", "prompt", "comparison_id", "error", "created_at")
    return {
        **{name: row[name] for name in shown},
        "params": row["params"] or {},
        "html": to_html(run.text) if run.text else "",
        "cut": run.cut,
        "metrics": metrics(run, models, 0.0) | {"nominal": row["nominal"]},
        "why": why(run, candidates),
        "trace": trace(run),
    }


def _candidates(models: Mapping[str, Model], names: Sequence[str]) -> list[Model]:
    """A model that has left the catalog is known by its name alone."""
    return [models.get(name) or Model(name) for name in dict.fromkeys(names) if name]


async def _parquet(store: Store, what: str, wanted: Filter) -> Response:
    """Written whole before it is sent: a Parquet file's index comes last."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / f"{what}.parquet"
    try:
        await asyncio.to_thread(write, store, what, "parquet", wanted, path)
    except BaseException:
        folder.cleanup()
        raise
    done = BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=MEDIA["parquet"], headers=_attached(what, "parquet"), background=done)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first piece now, so that a refusal is a refusal and not a torn file."""
    first = next(pieces, b"")

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_of_it()


def _attached(what: str, form: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{what}.{form}"', "cache-control": "no-store"}
