"""The files of the pages that browsers fetch: scripts, styles and typefaces, and nothing else of this folder."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent
PREFIX = "/ui"
SERVED = frozenset({".js", ".css", ".woff2", ".svg"})


class Assets(StaticFiles):
    """Serves SERVED files below FOLDER. Browsers ask again each time (304 when unchanged): no stale half of an update."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        if Path(path).suffix not in SERVED:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def styles() -> list[str]:
    """Addresses of every stylesheet, tokens first."""
    shared = [FOLDER / "styles" / f"{name}.css" for name in ("tokens", "frame", "page", "controls", "table", "plot")]
    own = sorted((FOLDER / "components").glob("*/*.css"))
    return [f"{PREFIX}/{path.relative_to(FOLDER).as_posix()}" for path in [*shared, *own]]
