"""Experiments that the app runs itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.desk import open_desk
from tests.services.trial import suite
from workbench.errors import BadInput, UnknownModel
from workbench.services import trials
from workbench.services.experiment_report import report
from workbench.services.trials import Wish


def wish(**changes: Any) -> Wish:
    fixed = [{"strategy": "fixed", "params": {"model": model}} for model in ("quick", "other")]
    given = {"name": "mine", "strategies": fixed, "suite": "own", "models": ["quick", "other"]}
    return Wish.parse(given | changes)


def home(tmp_path: Path, cases: int = 8) -> Path:
    folder = tmp_path / "home" / "suites"
    folder.mkdir(parents=True)
    lines = "\n".join(json.dumps(line) for line in suite(cases).lines)
    (folder / "own.jsonl").write_text(lines, encoding="utf-8")
    return folder.parent


def test_one_is_begun_and_answered_beside_everything_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_desk(home(tmp_path)) as desk:
            key = await desk.trials.start(wish(limit=5))
            async with asyncio.timeout(20):
                while desk.trials.state(key)["running"]:  # noqa: ASYNC110 - another task changes it
                    await asyncio.sleep(0.02)
            assert (await report(desk.store, key))["answered"] == 5
            assert desk.trials.state(key) == {"running": False, "problem": ""}

    asyncio.run(scenario())


def test_one_runs_at_a_time_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_desk(home(tmp_path, 400)) as desk:
            key = await desk.trials.start(wish())
            assert (await report(desk.store, key))["name"] == "mine"
            with pytest.raises(BadInput, match="running already"):
                await desk.trials.start(wish(name="second"))
            await asyncio.sleep(0.3)
            await desk.trials.stop()
            assert not desk.trials.state(key)["running"]
            with pytest.raises(BadInput, match="another suite key"):
                await desk.trials.start(wish(limit=3))
            assert await desk.trials.start(wish()) == key

    asyncio.run(scenario())


def test_a_fault_of_the_workbench_is_said_and_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ours")

    async def scenario() -> None:
        async with open_desk(home(tmp_path)) as desk:
            monkeypatch.setattr(trials, "run", broken)
            key = await desk.trials.start(wish())
            async with asyncio.timeout(20):
                while desk.trials.state(key)["running"]:  # noqa: ASYNC110 - another task changes it
                    await asyncio.sleep(0.02)
            assert "of ours" in desk.trials.state(key)["problem"]

    asyncio.run(scenario())


def test_a_spent_budget_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_desk(home(tmp_path)) as desk:
            key = await desk.trials.start(wish(budget_usd=1e-9))
            async with asyncio.timeout(20):
                while desk.trials.state(key)["running"]:  # noqa: ASYNC110 - another task changes it
                    await asyncio.sleep(0.02)
            assert "budget is spent" in desk.trials.state(key)["problem"]

    asyncio.run(scenario())


def test_what_a_page_may_not_ask_for_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with open_desk(home(tmp_path)) as desk:
            with pytest.raises(BadInput, match="no suite named"):
                await desk.trials.start(wish(suite=str(tmp_path / "home" / "suites" / "own.jsonl")))
            with pytest.raises(UnknownModel):
                await desk.trials.start(wish(models=["nosuch"]))
            assert {one["name"] for one in desk.trials.suites()} >= {"own", "smoke"}

    asyncio.run(scenario())
    broken: list[Any] = [{}, {"name": "x"}, {"name": "x", "strategies": 3, "suite": "own"}, []]
    for given in broken:
        with pytest.raises(BadInput, match="names itself"):
            Wish.parse(given)
    with pytest.raises(BadInput, match="assigned"):
        wish(assign="anyhow")
    with pytest.raises(BadInput, match="at least one case"):
        wish(limit=0)
    with pytest.raises(BadInput, match="names itself"):
        wish(limit=float("inf"))
    for budget in (float("nan"), -1, float("inf")):  # a budget that is no number would bound nothing
        with pytest.raises(BadInput, match="budget is a number"):
            wish(budget_usd=budget)
