import asyncio

import httpx
from fastapi import FastAPI

from workbench.ui.assets import FOLDER, PREFIX, Assets, styles


def get(path: str) -> httpx.Response:
    app = FastAPI()
    app.mount(PREFIX, Assets())

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_scripts_styles_and_typefaces_are_served_and_revalidated() -> None:
    for path in (f"{PREFIX}/scripts/page.js", f"{PREFIX}/fonts/source-sans-3-latin-wght-normal.woff2", *styles()):
        response = get(path)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-cache"


def test_python_and_templates_are_not_served() -> None:
    for path in ("assets.py", "components/board/template.html", "fonts/source-sans-3-LICENSE.txt", "components", ""):
        assert get(f"{PREFIX}/{path}").status_code == 404


def test_no_style_or_script_names_another_address() -> None:
    for path in [*FOLDER.rglob("*.js"), *FOLDER.rglob("*.css")]:
        addresses = [line for line in path.read_text().splitlines() if "://" in line and "www.w3.org" not in line]
        assert addresses == [], path
