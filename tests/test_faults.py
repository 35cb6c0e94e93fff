"""Every strategy of the folder against every fault: an answer or a clear error, in time, with a whole trace and money that
adds up."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.fitted import STRATEGIES, ready
from tests.pool import MODELS, Pool, events_of, model, prompt
from tests.providers.vendor import HANG, RESET, Vendor, chunk
from workbench.catalog import Catalog
from workbench.events import CallFailed, CallFinished, CallStarted, Event, Finished, Run, fold
from workbench.health import Health
from workbench.providers._breaker import Breaker, Guarded, Rule
from workbench.providers.scripted import FAULTS, Scripted
from workbench.services.pool import Pool as ModelPool
from workbench.session import Provider
from workbench.settings import Settings
from workbench.types import Call, Model

NAMES = STRATEGIES.names()
DEADLINE_S = 0.15
MARGIN_S = 1.0
"""What a busy machine may add."""
MATRIX: tuple[dict[str, Any], ...] = (
    *({"name": name, "slow_s": 5.0, "retry_after_s": 30.0} for name in FAULTS),
    {"name": "429", "retry_after_s": 0.01},
    *({"name": name, "after": 4} for name in ("cut", "hang", "garbage")),
    {"name": "500", "chance": 0.5},
    {"name": "500", "first": 1},
)
STAND_INS = ("fallback", "region")
"""Strategies that promise an answer when one endpoint of several fails."""
KINDS = {"timeout", "rate_limited", "server", "bad_reply", "cut", "deadline", "breaker_open"}


def named(fault: dict[str, Any]) -> str:
    return "-".join(f"{v}" if k == "name" else f"{k}={v}" for k, v in fault.items() if k not in ("slow_s",))


every_fault = pytest.mark.parametrize("fault", MATRIX, ids=named)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def warm(name: str) -> None:
    """Have it load once what it needs, such as an embedder: that is not the run's time."""
    asyncio.run(events_of(ready(name), prompt()))


def ran(
    name: str, models: tuple[Model, ...], provider: Any = None, deadline_s: float = DEADLINE_S, **params: Any
) -> list[Event]:
    warm(name)
    strategy, asked, started = ready(name, params), prompt(models=models), time.monotonic()
    events = asyncio.run(events_of(strategy, asked, provider or Pool(models), deadline_s=deadline_s))
    assert time.monotonic() - started < DEADLINE_S + MARGIN_S
    return events


def whole(events: list[Event]) -> Run:
    """The run, when its trace and its money are complete."""
    done = fold(events)
    started = [e.n for e in events if isinstance(e, CallStarted)]
    ended = [e.n for e in events if isinstance(e, (CallFinished, CallFailed))]
    assert started == list(range(len(started)))
    assert sorted(ended) == started, "every call that began has one end"
    assert isinstance(events[-1], Finished)
    assert all(a.started_s <= (a.ended_s or 0.0) <= done.latency_s + 1e-6 for a in done.attempts)
    assert done.cost_usd == pytest.approx(math.fsum(a.cost_usd for a in done.attempts), abs=1e-15)
    assert all(a.cost_usd > 0 for a in done.attempts if a.text), "what came is paid for"
    assert all(a.cost_usd == 0 for a in done.attempts if a.ttft_s is None), "words that are held back came too"
    assert all(bool(a.error) == (a.reply is None) for a in done.attempts)
    return done


@every_fault
def test_ends_in_an_answer_or_a_clear_error_in_time(name: str, fault: dict[str, Any]) -> None:
    done = whole(ran(name, tuple(model(m.id, m.price_in, fault=fault) for m in MODELS)))
    if done.answer is None:
        assert done.kind in KINDS
        assert any(m.id in done.error for m in MODELS) or "the run's" in done.error
    else:
        assert done.text
        assert done.error == ""


def endpoints(fault: dict[str, Any]) -> tuple[Model, ...]:
    """Three of one model, of which the first fails."""
    ids = ("eu", "us", "ap")
    return tuple(
        Model(id, 1.0 + n, 3.0 + n, region=id, group="m", options={"words": 12} | ({} if n else {"fault": fault}))
        for n, id in enumerate(ids)
    )


@pytest.mark.parametrize("stand_in", STAND_INS)
@every_fault
def test_one_endpoint_that_fails_is_stood_in_for(stand_in: str, fault: dict[str, Any]) -> None:
    done = whole(ran(stand_in, endpoints(fault), deadline_s=5.0, first_token_s=0.1, timeout_s=0.3))
    assert done.answer is not None, done.error
    if done.cut:
        assert done.text == done.attempts[0].text
        assert "after" in done.attempts[0].error or "had come" in done.attempts[0].error or fault["name"] == "garbage"
    else:
        assert done.text == done.answer.reply.text
        assert len(done.text.split()) == 12


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != "slow"])  # which is a hang, as far as a deadline goes
def test_a_pool_that_keeps_failing_is_left_alone_behind_its_breakers(name: str, fault: str) -> None:
    models = tuple(model(m.id, m.price_in, fault=fault) for m in MODELS)
    provider = Behind(models)
    for _ in range(
        40
    ):  # a strategy that decides slowly on a busy machine leaves a hanging model too little time to blame
        done = whole(ran(name, models, provider))
        assert done.answer is None
        if done.kind == "breaker_open":
            break
    assert done.kind == "breaker_open"
    assert "is left alone for" in done.error


class Behind:
    """Each model behind a breaker that opens at the first failure."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        health = Health()
        self._guards: dict[str, Provider] = {
            m.id: Guarded(Scripted(m), m.id, Breaker(m.id, Rule(failures=1)), health) for m in models
        }

    def stream(self, call: Call) -> Any:
        return self._guards[call.model].stream(call)


# Over real HTTP, through the pool that the workbench uses

ENTRY = """
[[models]]
id = "{id}"
group = "m"
provider = "openai"
endpoint = "{url}"
price_in = {price}
price_out = {price}
"""
VENDORS: dict[str, Callable[[], Vendor]] = {
    "500": lambda: Vendor([b"{}"], 500),
    "429": lambda: Vendor([b"{}"], 429, "retry-after: 30\r\n"),
    "reset": lambda: Vendor([RESET]),
    "slow first byte": lambda: Vendor([HANG]),
    "garbage": lambda: Vendor([b"<html>welcome</html>"]),
    "ends without a word": lambda: Vendor([]),
}


async def over_http(home: Path, name: str, bad: str, **params: Any) -> Run:
    """One run over two endpoints, the first and cheaper of which does not do what it should."""
    path = home / "models.toml"
    path.write_text(ENTRY.format(id="a", url=bad, price=1), encoding="utf-8")
    async with Vendor().listening() as good:
        with path.open("a", encoding="utf-8") as file:
            file.write(ENTRY.format(id="b", url=good.url, price=2))
        pool = ModelPool(Catalog.load([path], {}), Settings(home=home, cache=home))
        try:
            asked = prompt(models=tuple(pool.usable()))
            return whole(await events_of(ready(name, params), asked, pool, deadline_s=20.0))
        finally:
            await pool.close()


@pytest.mark.parametrize("stand_in", STAND_INS)
@pytest.mark.parametrize("fault", VENDORS)
def test_a_server_that_misbehaves_is_stood_in_for(tmp_path: Path, stand_in: str, fault: str) -> None:
    async def main() -> Run:
        async with VENDORS[fault]().listening() as bad:
            return await over_http(tmp_path, stand_in, bad.url, first_token_s=0.3)

    done = asyncio.run(main())
    assert done.text == "Hello"
    assert [a.call.model for a in done.attempts] == ["a", "b"]
    assert not done.cut


@pytest.mark.parametrize("stand_in", STAND_INS)
def test_a_server_that_is_not_there_is_stood_in_for(tmp_path: Path, stand_in: str) -> None:
    done = asyncio.run(over_http(tmp_path, stand_in, "http://127.0.0.1:1/v1"))
    assert (done.text, [a.kind for a in done.attempts]) == ("Hello", ["server", ""])


@pytest.mark.parametrize("stand_in", STAND_INS)
def test_a_connection_reset_in_the_middle_keeps_what_was_read(tmp_path: Path, stand_in: str) -> None:
    async def main() -> Run:
        async with Vendor([chunk("Hel"), chunk("lo, I am"), RESET], every_s=0.02).listening() as bad:
            return await over_http(tmp_path, stand_in, bad.url)

    done = asyncio.run(main())
    assert done.cut
    assert done.text == "Hello, I am"
    assert "after 11 characters" in done.attempts[0].error


# Input that no model can serve


@pytest.mark.parametrize("budget", [0.0, 1e-9, float("nan")])
def test_no_money_ends_it_before_any_call(name: str, budget: float) -> None:
    done = fold(asyncio.run(events_of(ready(name), prompt(), budget_usd=budget)))
    assert (done.kind, done.attempts, done.cost_usd) == ("budget", [], 0.0)
    assert "raise the budget" in done.error


def test_no_time_ends_it_before_any_call(name: str) -> None:
    done = fold(asyncio.run(events_of(ready(name), prompt(), deadline_s=0.0)))
    assert (done.kind, done.attempts) == ("deadline", [])


@every_fault
def test_a_pool_of_one_that_fails_says_so(name: str, fault: dict[str, Any]) -> None:
    done = whole(ran(name, (model("small", 0.1, fault=fault),)))
    assert done.answer is not None or done.kind in KINDS
    assert {a.call.model for a in done.attempts} == {"small"} or done.kind == "deadline"
