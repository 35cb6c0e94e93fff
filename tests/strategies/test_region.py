from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strategies.region import Region, wait_s
from tests.lately import lately
from tests.pool import Pool, events_of, prompt
from workbench.events import Run, fold
from workbench.health import Health, Standing, Vitals
from workbench.providers._breaker import Breaker, Guarded, Rule
from workbench.providers.scripted import Scripted
from workbench.session import RecordedClock
from workbench.types import Call, Model


def endpoint(id: str, region: str = "", group: str = "gpt", **options: Any) -> Model:
    return Model(id, 1.0, 2.0, region=region or id, group=group, options={"words": 6, **options})


EU, US, AP = endpoint("eu"), endpoint("us"), endpoint("ap")
OTHER = Model("other", 0.1, 0.2, options={"words": 6})


def run(strategy: Region, *models: Model, provider: Any = None, **limits: Any) -> Run:
    return fold(asyncio.run(events_of(strategy, prompt(models=models), provider or Pool(models), **limits)))


def asked(done: Run) -> list[str]:
    return [a.call.model for a in done.attempts]


def test_the_endpoint_whose_first_token_comes_soonest_answers() -> None:
    seen = Health()
    for id, ttft in (("eu", 0.4), ("us", 0.2), ("ap", 0.9)):
        seen.finished(id, 2.0, ttft)
    with lately(seen):
        done = run(Region(), OTHER, EU, US, AP)
    assert asked(done) == ["us"]
    assert done.decision is not None
    assert done.decision.scores == pytest.approx({"us": 1.0, "eu": 0.5, "ap": 1 / 3, "other": 0.0})
    assert done.decision.why == "first of 3 endpoints: first token expected after 0.20 s"
    assert done.decision.features["first token of ap (s)"] == 0.9


def test_failed_calls_count_as_another_wait() -> None:
    assert wait_s(Vitals(3, 2 / 3, 3.0, 0.2), 1.0) == pytest.approx(0.4)
    assert wait_s(Vitals(4, 0.0, 3.0, None), 1.0) == 3.0
    assert wait_s(Vitals(), 1.0) == 0.0
    assert wait_s(Vitals(1, 1.0), 0.7) == pytest.approx(1.4)
    assert wait_s(Vitals(4, 0.9, 3.0, 0.2, Standing("half-open")), 1.0) == 0.0


def test_who_was_not_asked_of_late_is_asked_to_know_how_it_does() -> None:
    seen = Health()
    seen.finished("eu", 0.1, 0.1)
    with lately(seen):
        done = run(Region(), EU, US)
    assert asked(done) == ["us"]
    assert done.decision is not None
    assert "nothing is known" in done.decision.why


def test_when_nothing_is_known_the_pools_order_stands() -> None:
    with lately(Health()):
        assert asked(run(Region(), US, EU, AP)) == ["us"]


@pytest.mark.parametrize("fault", ["500", "429", "refused", "garbage", "cut", "hang"])
def test_an_endpoint_that_fails_is_stood_in_for_by_the_next_and_never_by_another_model(fault: str) -> None:
    with lately(Health()):
        done = run(Region(first_token_s=0.03), OTHER, endpoint("eu", fault=fault), US)
    assert asked(done) == ["eu", "us"]
    assert done.answer is not None
    assert done.decision is not None
    assert "after a failed call" in done.decision.why


def test_when_every_endpoint_fails_the_last_error_is_told() -> None:
    with lately(Health()):
        pool = (endpoint("eu", fault="500"), endpoint("us", fault="429"), OTHER)
        done = run(Region(retries=1), *pool, clock=RecordedClock())
    assert asked(done) == ["eu", "us", "eu"]
    assert done.kind == "server"


def test_the_model_with_most_endpoints_is_meant_unless_another_is_named() -> None:
    pool = (OTHER, endpoint("a", group="x"), endpoint("b", group="y"), endpoint("c", group="y"))
    with lately(Health()):
        assert asked(run(Region(), *pool)) == ["b"]
        assert asked(run(Region(model="x"), *pool)) == ["a"]
        assert asked(run(Region(model="other"), *pool)) == ["other"]
        assert asked(run(Region(model="c"), *pool)) == ["b"]
        assert "no model 'z' in this pool; there are other, x, y" in run(Region(model="z"), *pool).error


def test_entries_of_one_vendor_name_are_one_model_without_a_group() -> None:
    pool = (OTHER, *(Model(id, name="vendor/m", options={"words": 6}) for id in ("a", "b")))
    with lately(Health()):
        assert asked(run(Region(), *pool)) == ["a"]


def test_regions_limit_and_order_the_endpoints() -> None:
    seen = Health()
    for id, ttft in (("eu", 0.9), ("us", 0.2), ("ap", 0.1)):
        seen.finished(id, 2.0, ttft)
    with lately(seen):
        assert asked(run(Region(regions="eu, us"), EU, US, AP)) == ["eu"]
        failing = endpoint("eu", fault="500")
        assert asked(run(Region(regions="eu, us"), AP, failing, US)) == ["eu", "us"]
        refused = run(Region(regions="mars"), EU, US)
    assert refused.error == "region.regions: no endpoint of this model is in mars; there is eu in eu, us in us"
    assert refused.attempts == []


class Now:
    s = 0.0

    def __call__(self) -> float:
        return self.s


class Behind:
    """Endpoints behind breakers that open after two failures, with time moved by hand."""

    def __init__(self, models: tuple[Model, ...], seen: Health, now: Now) -> None:
        self.up = dict.fromkeys((m.id for m in models), True)
        self._up = {m.id: Scripted(m) for m in models}
        self._down = {m.id: Scripted(endpoint(m.id, fault="500")) for m in models}
        self._guards = {}
        for m in models:
            breaker = Breaker(m.id, Rule(failures=2, open_s=10.0), now)
            seen.watch(m.id, breaker.standing)
            self._guards[m.id] = Guarded(_Switch(self, m.id), m.id, breaker, seen)

    def stream(self, call: Call) -> Any:
        return self._guards[call.model].stream(call)

    def now(self, model: str) -> Scripted:
        return (self._up if self.up[model] else self._down)[model]


class _Switch:
    def __init__(self, behind: Behind, model: str) -> None:
        self._behind, self._model = behind, model

    def stream(self, call: Call) -> Any:
        return self._behind.now(self._model).stream(call)


def test_it_leaves_an_endpoint_that_fails_and_returns_when_its_probe_succeeds() -> None:
    now = Now()
    seen = Health(now=now)
    provider = Behind((EU, US), seen, now)
    strategy = Region(regions="eu,us")  # eu is preferred as long as it is well

    def route() -> list[str]:
        now.s += 1
        done = run(strategy, EU, US, provider=provider)
        assert done.answer is not None
        return asked(done)

    with lately(seen):
        assert route() == ["eu"]
        provider.up["eu"] = False
        assert [route(), route()] == [["eu", "us"]] * 2
        assert seen.of("eu").standing.state == "open"
        assert [route(), route()] == [["us"]] * 2
        now.s += 10
        assert route() == ["eu", "us"]  # the probe, which fails: open for twice as long
        assert [route(), route()] == [["us"]] * 2
        provider.up["eu"] = True
        now.s += 20
        assert route() == ["eu"]
        assert seen.of("eu").standing.state == "closed"
        assert route() == ["eu"]


def test_a_single_failure_fades_and_the_faster_endpoint_is_first_again() -> None:
    now = Now()
    seen = Health(now=now)
    seen.failed("eu")
    for id, ttft in (("eu", 0.2), ("us", 0.25)):
        seen.finished(id, 1.0, ttft)
    with lately(seen):
        assert asked(run(Region(), EU, US)) == ["us"]
        now.s += 1200
        assert asked(run(Region(), EU, US)) == ["eu"]
