"""Every strategy of the folder keeps the contract: adding a file adds its tests."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.fitted import STRATEGIES, ready
from tests.pool import MODELS, Pool, Recording, events_of, model, prompt
from tests.recordings import recorded
from workbench.errors import BadInput, BadParameter, NotRecorded
from workbench.events import CallStarted, Delta, Finished, Run, fold
from workbench.providers.replay import Replay
from workbench.services.run import stream
from workbench.session import RecordedClock, Session
from workbench.strategy import Router, Strategy
from workbench.types import Feedback

NAMES = STRATEGIES.names()
ROUTERS = [name for name in NAMES if issubclass(STRATEGIES.load(name), Router)]
TEXTS = ("Say hi", "Prove that the square root of 2 is irrational", "", "🦆" * 50, "مرحبا كيف حالك", "x" * 5000)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(strategy: Strategy, *args: Any, **limits: Any) -> Run:
    return fold(asyncio.run(events_of(strategy, *args, **limits)))


@pytest.mark.parametrize("text", TEXTS)
def test_answers_live_and_ends_with_finished(name: str, text: str) -> None:
    events = asyncio.run(events_of(ready(name), prompt(text)))
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(e, Finished) for e in events) == 1
    assert any(isinstance(e, Delta) for e in events)
    run = fold(events)
    assert run.answer is not None, run.error
    assert run.answer.model in {m.id for m in MODELS}
    assert run.text == run.answer.reply.text != ""


def test_replays_what_it_did_live(name: str) -> None:
    recording = Recording(Pool())
    live = run(ready(name), prompt(), recording)
    asked, session = prompt(), Session(prompt(), Replay(recording.outcomes), clock=RecordedClock())
    again = asyncio.run(ready(name).run(asked, session))
    assert live.answer is not None
    assert (again.model, again.reply) == (live.answer.model, live.answer.reply)
    assert session.cost_usd == pytest.approx(live.cost_usd)
    took = [r.latency_s for r in session.replies]  # one after another, or at once
    assert max(took) - 1e-9 <= session.latency_s <= sum(took) + 1e-9


def test_what_is_not_recorded_is_an_error_not_a_guess(name: str) -> None:
    with pytest.raises(NotRecorded):
        asyncio.run(ready(name).run(prompt(), Session(prompt(), Replay({}))))


def test_one_recorded_call_of_two_is_not_enough_to_guess_the_rest() -> None:
    asked = prompt(models=(model("small", 0.1, logprob=-9.0), model("big", 10.0)))
    recording = Recording(Pool(asked.models))
    naive = {"acceptor": "naive"}
    assert run(ready("cascade", naive), asked, recording).answer is not None
    small = {key: o for key, o in recording.outcomes.items() if o.call.model == "small"}
    for strategy in (ready("cascade", naive), ready("fallback", {"inner": {"strategy": "cascade", "params": naive}})):
        with pytest.raises(NotRecorded):
            asyncio.run(strategy.run(asked, Session(asked, Replay(small))))


def test_money_is_the_sum_of_all_attempts(name: str) -> None:
    done = run(ready(name), prompt())
    assert done.cost_usd == pytest.approx(math.fsum(a.cost_usd for a in done.attempts), abs=1e-15)
    assert done.cost_usd > 0


def test_closing_the_stream_stops_the_run_and_leaves_no_task(name: str) -> None:
    slow = tuple(model(m.id, m.price_in, tokens_per_s=20) for m in MODELS)

    async def go() -> set[asyncio.Task[Any]]:
        events = stream(ready(name), prompt(models=slow), Pool(slow))
        while not isinstance(await anext(events), Delta):
            pass
        await events.aclose()
        return asyncio.all_tasks() - {t for t in [asyncio.current_task()] if t}

    assert asyncio.run(go()) == set()


def test_works_with_a_pool_of_one(name: str) -> None:
    done = run(ready(name), prompt(models=MODELS[:1]))
    assert done.answer is not None
    assert {a.call.model for a in done.attempts} == {"small"}


def test_refuses_a_parameter_it_does_not_have(name: str) -> None:
    with pytest.raises(BadParameter, match="no parameter 'colour'"):
        STRATEGIES.build(name, {"colour": "red"})


def test_a_spent_budget_stops_it_before_any_call(name: str) -> None:
    done = run(ready(name), prompt(), budget_usd=1e-9)
    assert done.kind == "budget"
    assert done.attempts == []
    assert done.cost_usd == 0


def test_never_spends_more_than_its_budget(name: str) -> None:
    done = run(ready(name), prompt(), params={"max_tokens": 12}, budget_usd=1e-4)
    assert done.cost_usd <= 1e-4


def test_every_decision_scores_every_candidate(name: str) -> None:
    for text in TEXTS:
        done = run(ready(name), prompt(text))
        assert done.decision is not None
        for decision in done.decisions:
            assert set(decision.scores) == {m.id for m in MODELS}
            assert all(map(math.isfinite, decision.scores.values()))
            assert 0 < decision.propensity <= 1
            assert decision.model in decision.scores
            assert decision.why
        assert done.decision.features or name in ("fixed", "random", "region"), "what it read, where it reads anything"


def test_describes_itself_and_its_parameters(name: str) -> None:
    first, _, rest = STRATEGIES.doc(name).partition("\n\n")
    assert first.endswith(".")
    assert "\n" not in first
    assert rest
    facts = STRATEGIES.facts(name)
    assert list(facts) == ["Source", "Learns from", "Deciding costs", "Score"]
    assert all(fact.endswith(".") for fact in facts.values())
    assert all(p.help for p in STRATEGIES.params(name))


def test_rebuilds_from_its_own_parameters(name: str) -> None:
    defaults = {p.name: p.default for p in STRATEGIES.params(name)}
    assert ready(name, defaults) == ready(name)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_batch_decides_like_one_by_one(router: str) -> None:
    prompts = [prompt(text, id=text[:9]) for text in TEXTS]
    one, all_ = (ready(router) for _ in range(2))
    assert isinstance(one, Router)
    assert isinstance(all_, Router)
    for batched, single in zip(all_.decide_all(prompts), [one.decide(p) for p in prompts], strict=True):
        alike: dict[str, Any] = {"scores": {}, "features": {}, "propensity": single.propensity}
        assert replace(batched, **alike) == replace(single, **alike)
        assert batched.scores == pytest.approx(single.scores, abs=1e-6)
        assert batched.propensity == pytest.approx(single.propensity, abs=1e-6)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_batch_of_no_prompts_is_no_decision(router: str) -> None:
    strategy = ready(router)
    assert isinstance(strategy, Router)
    assert list(strategy.decide_all([])) == []


@pytest.mark.parametrize("router", ROUTERS)
def test_logged_propensities_match_how_often_models_are_chosen(router: str) -> None:
    n, strategy = 3000, ready(router)
    assert isinstance(strategy, Router)
    decisions = [strategy.decide(prompt(id=str(i))) for i in range(n)]
    for chosen, count in Counter(d.model for d in decisions).items():
        share = {d.propensity for d in decisions if d.model == chosen}
        assert len(share) == 1
        assert count / n == pytest.approx(share.pop(), abs=0.04)


def test_no_draft_reaches_the_reader_before_it_is_accepted() -> None:
    events = asyncio.run(events_of(ready("cascade", {"acceptor": "naive"}), prompt()))
    started = [e for e in events if isinstance(e, CallStarted)]
    roles = {e.n: e.call.role for e in started}
    assert [e.call.role for e in started][:2] == ["draft", "check"]
    assert roles[started[-1].n] == "answer"


OWN = [
    n for n in NAMES if type(ready(n)).fit is not Strategy.fit and "inner" not in {p.name for p in STRATEGIES.params(n)}
]
"""Those that learn from outcomes themselves."""
RIGHT = np.ones((60, 2))


@pytest.mark.parametrize("learner", [n for n in OWN if n != "bandit"])
@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (RIGHT, "every outcome has the same score, 1; record prompts that some models get right"),
        (0 * RIGHT, "every outcome has the same score, 0; record prompts"),
        (RIGHT[:, :1] * (np.arange(60) % 2)[:, None], "two models"),
        (RIGHT * np.nan, "scored"),
        (5 * RIGHT * (np.arange(60) % 2)[:, None], "scores from 0 to 1, and one is 5"),
        (np.where(np.arange(60) < 1, np.inf, RIGHT.T).T, "scores from 0 to 1, and one is inf"),
        (RIGHT[:0], "record|there are"),
    ],
    ids=["all right", "all wrong", "one model", "not scored", "too large", "infinite", "empty"],
)
def test_what_tells_no_model_from_another_is_refused_and_the_mend_is_named(
    learner: str, quality: Any, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        STRATEGIES.build(learner).fit(recorded(quality, models=MODELS[: quality.shape[1]]))


@pytest.mark.parametrize("learner", OWN)
@pytest.mark.parametrize("n", [1, 3])
def test_a_handful_of_outcomes_is_learned_from_or_refused_in_words(learner: str, n: int) -> None:
    data = recorded((np.arange(2 * n).reshape(n, 2) % 3 > 0).astype(float) if n > 1 else [[0.0, 1.0]])
    router, refused = STRATEGIES.build(learner), ""
    try:
        router.fit(data)
    except BadInput as lack:
        refused = str(lack)
    if refused:
        assert re.search(r"(needs|learns from) .*\d+|record", refused)
    elif isinstance(router, Router):
        assert router.decide(data.prompts[0]).model in data.ids


@pytest.mark.parametrize("learner", [n for n in OWN if n not in ("bandit", "judge_weighted", "weighted")])
def test_a_cost_that_is_no_number_is_refused_where_costs_are_weighed(learner: str) -> None:
    quality = np.stack([np.arange(60) % 2, np.arange(60) % 3 > 0], axis=1).astype(float)
    with pytest.raises(BadInput, match=f"{learner} cannot weigh costs that are not numbers: record the cost"):
        STRATEGIES.build(learner).fit(recorded(quality, np.full(quality.shape, np.nan)))


@pytest.mark.parametrize("score", [math.inf, -1.0, 5.0])
def test_a_bandit_too_begins_with_scores_from_0_to_1_only(score: float) -> None:
    with pytest.raises(BadInput, match=f"bandit learns from scores from 0 to 1, and one is {score:g}"):
        STRATEGIES.build("bandit").fit(recorded([[score, 1.0], [0.0, 1.0]]))


@pytest.mark.parametrize("quality", [RIGHT, 0 * RIGHT, RIGHT[:, :1]], ids=["all right", "all wrong", "one model"])
def test_a_bandit_may_begin_with_it_because_it_tries_and_learns_on(quality: Any) -> None:
    bandit = STRATEGIES.build("bandit", {"lambda": 0.0})
    bandit.fit(recorded(quality, models=MODELS[: quality.shape[1]]))
    assert isinstance(bandit, Router)
    assert {bandit.decide(prompt(id=str(i))).model for i in range(500)} == {m.id for m in MODELS}
    for i in range(300):
        for m in MODELS:
            bandit.observe(Feedback(prompt(id=str(i)), m.id, float(m.id == "mid")))
    chosen = [bandit.decide(prompt(id=str(i))).model for i in range(200)]
    assert chosen.count("mid") > 150
