"""The experiments there are, each in a line."""

from __future__ import annotations

from typing import Any

from workbench.store import observations as kept
from workbench.store.runs import Reads


async def rows(store: Reads) -> list[dict[str, Any]]:
    """Newest first: name, strategies, how far each is."""
    return [_row(found) for found in await kept.listed(store)]


def _row(found: dict[str, Any]) -> dict[str, Any]:
    settings = found["settings"]
    return {
        "id": found["id"],
        "name": found["name"],
        "note": found["note"],
        "strategies": ", ".join(settings["labels"]),
        "suite": settings["suite"],
        "assign": settings["assign"],
        "answered": found["cases"],
        "cases": settings["cases"],
        "runs": found["runs"],
        "begun": found["created_at"],
        "last": found["last_at"],
    }
