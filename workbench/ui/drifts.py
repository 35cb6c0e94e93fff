"""The header's route: changes of quality that were noticed lately, in sentences."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import Response

from workbench.services.drift import RECENT, told
from workbench.store import Store
from workbench.store.drifts import drifts

from .routes import as_json


def router(store: Store) -> APIRouter:
    """GET /api/drifts -> [{id, direction, text}], the latest first."""
    api = APIRouter(prefix="/api")

    @api.get("/drifts")
    async def recent() -> Response:
        found = await drifts(store, datetime.now(UTC) - RECENT)
        return as_json([{"id": row["id"], "direction": row["direction"], "text": told(row)} for row in found])

    return api
