from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from tests.providers.asking import ask, call, failure
from workbench.errors import AuthFailed, BadCatalog, BreakerOpen, CallError, ContextTooLong, QueueFull, RateLimited
from workbench.errors import ServerFailed as Down
from workbench.events import Delta
from workbench.health import Health
from workbench.patience import Patience, waiting
from workbench.providers._breaker import Breaker, Guarded, Rule
from workbench.types import Call, Model, Reply, Usage

RULE = Rule(failures=3, calls=10, window_s=60.0, open_s=10.0, longest_s=35.0)


class Now:
    s = 0.0

    def __call__(self) -> float:
        return self.s


class Endpoint:
    """Does what it is told to: an error to raise, a wait, or nothing in particular."""

    def __init__(self) -> None:
        self.asked = 0
        self.behave: Callable[[], Any] = lambda: None

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.asked += 1
        what = self.behave()
        if isinstance(what, Exception):
            raise what
        if what is not None:
            await what
        yield Delta("ok")
        yield Reply("ok", Usage(1, 1), 0.0, 0.5, 0.2)


class Bench:
    """One endpoint behind a breaker, with time moved by hand."""

    def __init__(self, rule: Rule = RULE) -> None:
        self.now = Now()
        self.endpoint = Endpoint()
        self.health = Health(now=self.now)
        self.breaker = Breaker("m", rule, self.now)
        self.health.watch("m", self.breaker.standing)
        self.guarded = Guarded(self.endpoint, "m", self.breaker, self.health)

    def fails(self, error: CallError | None = None) -> CallError:
        self.endpoint.behave = lambda: error or Down("down")
        return asyncio.run(failure(self.guarded))

    def works(self) -> None:
        self.endpoint.behave = lambda: None
        asyncio.run(ask(self.guarded))

    @property
    def state(self) -> str:
        return self.breaker.standing().state

    def trip(self) -> None:
        for _ in range(self.breaker._rule.failures):
            self.fails()
        assert self.state == "open"


def test_failures_in_a_row_open_it_and_then_nothing_reaches_the_endpoint() -> None:
    bench = Bench()
    bench.trip()
    asked = bench.endpoint.asked
    refused = bench.fails()
    assert isinstance(refused, BreakerOpen)
    assert refused.retry_after_s == 10.0
    assert str(refused) == "m is left alone for 10 s more (3 calls failed in a row); ask another model"
    assert bench.endpoint.asked == asked


def test_a_success_between_failures_keeps_it_closed() -> None:
    bench = Bench(Rule(failures=3, calls=1000))
    for _ in range(4):
        bench.fails()
        bench.fails()
        bench.works()
    assert bench.state == "closed"


def test_half_of_the_calls_of_a_window_failing_opens_it() -> None:
    bench = Bench()
    for _ in range(5):
        bench.works()
        bench.fails()
    assert bench.state == "open"
    assert bench.breaker.standing().why == "5 of 10 calls failed within 60 s"


def test_failures_older_than_the_window_do_not_count() -> None:
    bench = Bench()
    for _ in range(10):
        bench.works()
        bench.fails()
        bench.now.s += 15
    assert bench.state == "closed"


def test_a_probe_that_succeeds_closes_it() -> None:
    bench = Bench()
    bench.trip()
    bench.now.s += 10
    assert bench.state == "half-open"
    bench.works()
    assert bench.state == "closed"
    assert bench.health.of("m").error_rate == 0.0


def test_each_failed_probe_doubles_the_time_up_to_the_longest() -> None:
    bench, waits = Bench(), []
    bench.trip()
    for _ in range(4):
        waits.append(bench.breaker.standing().retry_in_s)
        bench.now.s += waits[-1]
        assert isinstance(bench.fails(), Down)
    assert waits == [10.0, 20.0, 35.0, 35.0]
    assert bench.breaker.standing().why == "3 calls failed in a row; its probe failed"
    bench.now.s += 35
    bench.works()
    bench.trip()
    assert bench.breaker.standing().retry_in_s == 10.0


def test_an_opening_time_above_the_longest_is_kept() -> None:
    bench = Bench(Rule(failures=1, open_s=600.0, longest_s=300.0))
    bench.trip()
    assert bench.breaker.standing().retry_in_s == 600.0


def test_of_fifty_calls_at_once_exactly_one_is_the_probe() -> None:
    bench = Bench()
    bench.trip()
    bench.now.s += 10
    asked, gate = bench.endpoint.asked, asyncio.Event()
    bench.endpoint.behave = gate.wait

    async def main() -> list[Any]:
        tasks = [asyncio.ensure_future(ask(bench.guarded, call(str(i)))) for i in range(50)]
        await asyncio.sleep(0)
        assert bench.breaker.standing().shut  # as strategies see it
        gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(main())
    assert bench.endpoint.asked == asked + 1
    assert sum(isinstance(r, BreakerOpen) for r in results) == 49
    assert bench.state == "closed"


def test_a_probe_that_its_reader_stopped_leaves_its_place_to_the_next() -> None:
    bench = Bench()
    bench.trip()
    bench.now.s += 10
    bench.endpoint.behave = asyncio.Event().wait

    async def main() -> None:
        task = asyncio.ensure_future(ask(bench.guarded))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert bench.state == "half-open"
    bench.works()
    assert bench.state == "closed"


def gives_up(bench: Bench) -> None:
    """A reader that waits for 1 ms and then lets go."""
    bench.endpoint.behave = asyncio.Event().wait

    async def main() -> None:
        async with waiting(Patience(first_s=0.001)):
            await ask(bench.guarded)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_reader_that_gave_up_waiting_counts_as_a_failure() -> None:
    bench = Bench()
    for _ in range(3):
        gives_up(bench)
    assert bench.state == "open"
    bench.now.s += 10
    gives_up(bench)
    assert bench.breaker.standing().retry_in_s == 20.0
    assert bench.health.of("m").error_rate == 1.0


@pytest.mark.parametrize("error", [AuthFailed("key"), ContextTooLong("long"), QueueFull("full")])
def test_refused_requests_say_nothing_of_an_endpoints_health(error: CallError) -> None:
    bench = Bench()
    for _ in range(10):
        bench.fails(error)
    assert bench.state == "closed"
    assert bench.health.of("m").error_rate is None


def test_a_probe_that_is_refused_for_its_request_found_somebody_there() -> None:
    bench = Bench()
    bench.trip()
    bench.now.s += 10
    bench.fails(ContextTooLong("long"))
    assert bench.state == "closed"


def test_a_retry_after_keeps_it_open_for_as_long_as_the_vendor_asked() -> None:
    bench = Bench()
    for _ in range(3):
        bench.fails(RateLimited("slow down", 90.0))
    assert bench.breaker.standing().retry_in_s == 90.0


def test_a_call_from_before_it_opened_has_no_say_after() -> None:
    bench = Bench()
    early = bench.breaker.admit()
    bench.trip()
    bench.now.s += 10
    probe = bench.breaker.admit()
    bench.breaker.settle(early, False)
    assert bench.state == "half-open"
    assert bench.breaker.settle(probe, True)
    bench.breaker.settle(early, False)
    assert bench.breaker._in_a_row == 0


def test_calls_told_from_the_store_bring_it_to_where_it_was() -> None:
    bench = Bench()
    bench.now.s = 1000.0
    for ago in (40, 39, 38):
        bench.breaker.seen(False, ago)
    bench.breaker.seen(False, 30)  # it was open then: a straggler
    assert bench.state == "half-open"
    bench.breaker.seen(False, 20)
    assert bench.breaker.standing().state == "half-open"
    bench.breaker.seen(False, 0)
    assert bench.breaker.standing().retry_in_s == 35.0
    assert Bench().state == "closed"


def test_a_bug_in_the_provider_frees_the_probes_place() -> None:
    bench = Bench()
    bench.trip()
    bench.now.s += 10
    bench.endpoint.behave = lambda: ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(ask(bench.guarded))
    bench.works()
    assert bench.state == "closed"


def test_latencies_go_to_health() -> None:
    bench = Bench()
    bench.works()
    vitals = bench.health.of("m")
    assert (vitals.latency_s, vitals.ttft_s, vitals.error_rate) == (0.5, 0.2, 0.0)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"breaker": True}, "must be a table or false"),
        ({"breaker": {"opens": 3}}, "no field 'opens'; it has failures, rate"),
        ({"breaker": {"failures": 0}}, "breaker.failures must be a number above 0"),
        ({"breaker": {"open_s": "long"}}, "breaker.open_s must be a number"),
        ({"breaker": {"open_s": math.inf}}, "breaker.open_s must be a number above 0, 1000000 at most"),
        ({"breaker": {"window_s": math.nan}}, "breaker.window_s must be a number"),
        ({"breaker": {"calls": 2000}}, "breaker.calls must be a number above 0, 1000 at most"),
        ({"breaker": {"rate": 50}}, "breaker.rate must be a number above 0, 1 at most"),
    ],
)
def test_an_option_it_cannot_take_is_named(option: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCatalog, match=said):
        Rule.of(Model("m", options=option))


def test_an_entry_may_change_its_rule_or_want_none() -> None:
    assert Rule.of(Model("m")) == Rule()
    assert Rule.of(Model("m", options={"breaker": {"failures": 2}})) == Rule(failures=2)
    assert Rule.of(Model("m", options={"breaker": False})) is None
    never = Guarded(Endpoint(), "m", None, Health())
    asyncio.run(ask(never))
