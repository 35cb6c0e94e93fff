"""The Experiments page's routes: what there is, begin and stop one, one whole, its report as a file."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response

from workbench.errors import BadInput
from workbench.palette import distinct_colors
from workbench.services.experiment_list import rows
from workbench.services.experiment_report import report
from workbench.services.experiment_text import markdown
from workbench.services.trials import Trials, Wish
from workbench.store import Store
from workbench.store.observations import KIND

from .routes import plain

MEDIA = {"md": "text/markdown; charset=utf-8", "json": "application/json"}


def router(store: Store, trials: Trials) -> APIRouter:
    api = APIRouter(prefix="/api/experiments")

    @api.get("")
    async def listed() -> list[dict[str, Any]]:
        return await rows(store)

    @api.post("", status_code=202)
    async def begin(wish: Annotated[Any, Body()]) -> dict[str, str]:
        return {"id": await trials.start(wanted(wish))}

    @api.post("/stop")
    async def stop() -> dict[str, bool]:
        await trials.stop()
        return {"ok": True}

    @api.get("/suites")
    async def suites() -> list[dict[str, Any]]:
        return await asyncio.to_thread(trials.suites)

    @api.get("/{experiment}")
    async def one(experiment: str) -> dict[str, Any]:
        return {**colored(await _live(store, experiment)), **trials.state(experiment)}

    @api.get("/{experiment}/report.{form}")
    async def file(experiment: str, form: str) -> Response:
        if form not in MEDIA:
            raise BadInput(f"a report is a file of {', '.join(MEDIA)}, not of {form}")
        made = await _live(store, experiment)
        text = markdown(made) if form == "md" else json.dumps(made, ensure_ascii=False, indent=2) + "\n"
        return Response(text, media_type=MEDIA[form], headers={"cache-control": "no-store"})

    return api


def wanted(wish: Any) -> Wish:
    """What a page asks for. Raises BadInput."""
    try:
        return Wish.parse(plain(wish))
    except ValueError as error:  # nested too deeply
        raise BadInput(str(error)) from None


async def _live(store: Store, experiment: str) -> dict[str, Any]:
    """Raises BadInput for what is no live experiment: a comparison's votes stand on pages of their own."""
    made = await report(store, experiment)
    if made["kind"] != KIND:
        raise BadInput(f"{experiment} is no live experiment: see it with `workbench experiment report {experiment}`")
    return made


def colored(made: dict[str, Any]) -> dict[str, Any]:
    """With a colour for every strategy, by its label."""
    labels = [one["label"] for one in made["strategies"]]
    colors = distinct_colors([one["strategy"] for one in made["strategies"]])
    return made | {"colors": dict(zip(labels, colors, strict=True))}
