import asyncio
from pathlib import Path

import httpx
from fastapi import FastAPI

from workbench.services.desk import load_catalog
from workbench.services.doctor import Check, diagnose
from workbench.settings import Settings
from workbench.ui.checks import router


def test_checks_are_told_without_single_models_and_without_keys(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, environ={"OPENAI_API_KEY": "sk-very-secret"})

    def look() -> list[Check]:
        return diagnose(settings, load_catalog(settings))

    app = FastAPI()
    app.include_router(router(look))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.get("/api/checks")

    response = asyncio.run(ask())
    found = {check["name"]: check for check in response.json()}
    assert found["home"]["ok"]
    assert str(tmp_path) in found["home"]["detail"]
    assert found["key OPENAI_API_KEY"]["ok"]
    assert not any(name.startswith("model ") for name in found)
    assert "sk-very-secret" not in response.text
