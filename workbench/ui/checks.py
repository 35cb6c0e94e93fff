"""The Settings page's route: what works on this machine, what does not, and what mends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import Response

from workbench.services.doctor import Check

from .routes import as_json


def router(diagnose: Callable[[], Sequence[Check]]) -> APIRouter:
    """GET /api/checks -> [{name, ok, detail, mend, needed}]; single models are left to GET /api/setup."""
    api = APIRouter(prefix="/api")

    @api.get("/checks")
    async def checks() -> Response:
        found = await asyncio.to_thread(diagnose)
        return as_json([asdict(check) for check in found if not check.name.startswith("model ")])

    return api
