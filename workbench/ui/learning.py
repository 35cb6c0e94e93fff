"""The Learn page's routes: what jobs have fitted; fit anew now, or put an earlier version in force again."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from workbench.palette import distinct_colors, strategy_color
from workbench.services.refit import Refits
from workbench.services.versions import learned
from workbench.store import Store

from .routes import Wish, as_json


class Back(Wish):
    version: int = Field(ge=0)
    seen: int
    """The version that the page showed as the one in force."""


def router(store: Store, refits: Refits) -> APIRouter:
    """Every answer is the page's whole document, as it is then."""
    api = APIRouter(prefix="/api/learning")

    @api.get("")
    async def listed() -> Response:
        return await _document(refits)

    @api.post("/{name}/refit")
    async def refit(name: str) -> Response:
        refits.due(name)  # refuses what no job fits
        await refits.refit(name, store)
        return await _document(refits)

    @api.post("/{name}/rollback")
    async def rollback(name: str, wish: Back) -> Response:
        await asyncio.to_thread(refits.due, name)
        await asyncio.to_thread(refits.rollback, name, wish.version, wish.seen)
        return await _document(refits)

    return api


async def _document(refits: Refits) -> Response:
    return as_json([colored(one) for one in await asyncio.to_thread(learned, refits)])


def colored(one: dict[str, Any]) -> dict[str, Any]:
    """With the colour of the strategy and of every model that any version weighs: the same in all versions."""
    models = sorted({model for made in one["versions"] for model in made["weights"].get("", {})})
    colors = dict(zip(models, distinct_colors(models), strict=True))
    return one | {"color": strategy_color(one["name"]), "colors": colors}
