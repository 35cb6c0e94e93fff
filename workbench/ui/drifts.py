"""The header's route: changes of quality and of prompts that were noticed lately, in sentences."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from workbench.services.changes import recent
from workbench.store import Store

from .routes import as_json


def router(store: Store) -> APIRouter:
    """GET /api/drifts -> [{id, kind, direction, strategy, category, text}], the latest first.

    `direction`: down, up, or aside for prompts; an empty strategy or category: all of them.
    """
    api = APIRouter(prefix="/api")

    @api.get("/drifts")
    async def drifts() -> Response:
        shown = ("id", "kind", "direction", "strategy", "category", "text")
        return as_json([{name: row[name] for name in shown} for row in await recent(store)])

    return api
