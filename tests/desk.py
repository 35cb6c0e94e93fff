"""A real desk (catalog, strategies, store, model pool, comparisons) on scripted models, in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from workbench.services.comparison import Comparison, Setup
from workbench.services.desk import Desk
from workbench.settings import Settings
from workbench.types import Model

CATALOG = """
[[models]]
id = "quick"
provider = "scripted"
price_in = 1.0
price_out = 2.0
context = 400000
options = { text = "a quick answer" }
[[models]]
id = "other"
provider = "scripted"
price_in = 10.0
price_out = 20.0
context = 8192
options = { text = "another answer, with more words" }
[[models]]
id = "broken"
provider = "scripted"
options = { fault = "500" }
[[models]]
id = "once"
provider = "scripted"
options = { text = "the second time it works", fault = { name = "500", first = 1 } }
[[models]]
id = "stuck"
provider = "scripted"
options = { text = "half of it is all there is", fault = { name = "hang", after = 3 } }
[[models]]
id = "endless"
provider = "scripted"
options = { tokens_per_s = 50, words = 100000 }
[[models]]
id = "maker"
provider = "scripted"
price_in = 1.0
price_out = 1.0
options = { words = 12 }
"""
"""`maker` answers differently to every call; the others always say the same."""


def settings(home: Path) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "models.toml"
    if not path.exists():
        path.write_text(CATALOG, encoding="utf-8")
    return Settings(home=home, cache=home / "cache")


@asynccontextmanager
async def open_desk(home: Path) -> AsyncIterator[Desk]:
    desk = Desk.open(settings(home))
    try:
        yield desk
    finally:
        await desk.close()


def fixed(*models: str) -> list[tuple[str, Mapping[str, Any]]]:
    """A column for each model, which always answers with it."""
    return [("fixed", {"model": model}) for model in models]


def setup(desk: Desk, *models: str, blind: bool = False, **fields: Any) -> Setup:
    return Setup(pool(desk, models), blind, **fields)


def pool(desk: Desk, models: Sequence[str]) -> tuple[Model, ...]:
    return tuple(desk.catalog.entry(model).model for model in models)


async def compared(desk: Desk, *models: str, blind: bool = False, text: str = "Say it.", **fields: Any) -> Comparison:
    """A comparison of these models whose first turn has ended and is kept."""
    wanted = setup(desk, *dict.fromkeys(models), blind=blind, **fields)
    made = await desk.compare.start(wanted, fixed(*models), text)
    await made.wait()
    return made
