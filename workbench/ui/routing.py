"""The Routes page's route: where each strategy sent its prompts, by step of time, with a colour for every model or class."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from workbench.decisions import ABSTAINED
from workbench.palette import PALETTE, distinct_colors, strategy_color
from workbench.services.routing import spread
from workbench.store import Store
from workbench.store.history import Filter

from .routes import as_json

FILTERS = frozenset({"strategy", "category", "since", "until"})


def router(store: Store) -> APIRouter:
    """GET /api/routing?strategy=&category=&since=&until=&by=model|label&every=hour|day|week|month"""
    api = APIRouter(prefix="/api")

    @api.get("/routing")
    async def routing(request: Request, by: str = "model", every: str = "") -> Response:
        given = {name: value for name, value in request.query_params.items() if name in FILTERS}
        return as_json(colored(await spread(store, Filter.parse(given), by, every)))

    return api


def colored(found: dict[str, Any]) -> dict[str, Any]:
    """With the strategies' colours, and one for each part of a panel: the same on the whole page while there are enough.

    What a strategy did not tell apart has none: the page draws it neutral.
    """
    panels = found["panels"]
    named = [[part["name"] for part in panel["parts"] if _is_named(part["name"], found["by"])] for panel in panels]
    shared = list(dict.fromkeys(name for names in named for name in names))
    for panel, names in zip(panels, named, strict=True):
        among = shared if len(shared) <= len(PALETTE) else names
        panel["colors"] = dict(zip(among, distinct_colors(among), strict=True))
        panel["color"] = strategy_color(panel["strategy"])
    return found


def _is_named(part: str | None, by: str) -> bool:
    return bool(part) and (by == "model" or part not in ABSTAINED)
