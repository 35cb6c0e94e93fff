"""Strategies over recorded outcomes: what each chose, what it gave, and that nothing judged was learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.recordings import recorded
from workbench.decisions import Decisions
from workbench.errors import BadInput, BadParameter, UnknownPlugin
from workbench.recorded import Floats, Recorded
from workbench.registry import Registry
from workbench.services import replay
from workbench.services.folds import folds
from workbench.services.replay import Entrant, Sweep, Track, track
from workbench.services.specs import registry
from workbench.strategy import Router, Strategy, param
from workbench.tradeoff import Estimates, TradeOff
from workbench.types import Decision, Prompt

LEARNED: list[tuple[str, ...]] = []


@dataclass
class Means(TradeOff):
    """Expects of every model its mean in the training data."""

    _quality: Floats = field(default_factory=lambda: np.empty(0), init=False)
    _cost: Floats = field(default_factory=lambda: np.empty(0), init=False)

    def learn(self, recorded: Recorded) -> None:
        LEARNED.append(tuple(p.id for p in recorded.prompts))
        self._quality, self._cost = recorded.quality.mean(axis=0), recorded.cost.mean(axis=0)

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        shape = (len(prompts), len(self._quality))
        return Estimates(np.broadcast_to(self._quality, shape), np.broadcast_to(self._cost, shape))


@dataclass
class Length(Router):
    """Prompts longer than this to the dearer model; told by the words of the prompt alone."""

    words: int = param(4, "words", low=0, high=100)

    def decide(self, prompt: Prompt) -> Decision:
        return Decision(prompt.models[-1 if len(prompt.text.split()) > self.words else 0].id, "by length")


@dataclass
class Astray(Router):
    def decide(self, prompt: Prompt) -> Decision:
        return Decision("nobody", "no reason")


class Ours(Registry[Strategy]):
    """The strategies of the project and those above."""

    def _find(self, name: str) -> type[Strategy]:
        mine: dict[str, type[Strategy]] = {"means": Means, "length": Length, "astray": Astray}
        return mine.get(name) or super()._find(name)


STRATEGIES = Ours("strategies", Strategy)


def data(n: int = 40, **columns: Any) -> Recorded:
    rng = np.random.default_rng(0)
    return recorded((rng.random((n, 2)) < [0.3, 0.8]).astype(float), **columns)


def played(name: str, recorded: Recorded | None = None, sweep: str = "", k: int = 4, **params: Any) -> Track:
    found = recorded or data()
    return track(STRATEGIES, Entrant(name, params, Sweep.parse(sweep) if sweep else None), found, folds(found, k))


def test_a_router_gets_what_the_chosen_model_gave() -> None:
    given = data(prompts=["short"] * 20 + ["a prompt of rather more words"] * 20)
    found = played("length", given)
    assert found.choices.tolist() == [[0] * 20 + [1] * 20]
    assert found.quality[0].tolist() == [*given.quality[:20, 0], *given.quality[20:, 1]]
    assert found.cost[0] == pytest.approx(np.array([1e-7] * 20 + [1e-5] * 20))
    assert (found.latency == 0.5).all()
    assert (found.calls == 1).all()


def test_a_sweep_of_lambda_is_scored_once_and_goes_from_quality_to_cost() -> None:
    found = played("means")
    assert len(found.values) == 101
    assert (found.choices[0] == 1).all()  # lambda 0: the better model
    assert (found.choices[-1] == 0).all()  # lambda 1: the cheaper one
    assert (np.diff(found.cost.mean(axis=1)) <= 1e-12).all()
    assert found.predicted is not None
    assert found.predicted.shape == (40, 2)


def test_a_swept_choice_is_the_one_that_the_strategy_makes_alone() -> None:
    whole = played("means", sweep="lambda=0:1:11")
    for i, value in enumerate(whole.values):
        alone = STRATEGIES.build("means", {"lambda": value})
        assert isinstance(alone, Means)
        given = data()
        for train, test in folds(given, 4):
            alone.fit(given.take(train))
            assert alone.decide_all(given.take(test).prompts).chosen.tolist() == whole.choices[i, test].tolist()


def test_any_number_can_be_swept_and_each_value_is_a_strategy_of_its_own() -> None:
    given = data(prompts=[" ".join(["word"] * (1 + i % 8)) for i in range(40)])
    found = played("length", given, sweep="words=0:8:5")
    assert found.values == (0, 2, 4, 6, 8)
    shares = (found.choices == 1).mean(axis=1)
    assert shares.tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_nobody_is_judged_on_what_he_learned_from() -> None:
    LEARNED.clear()
    given = data()
    played("means", given)
    assert len(LEARNED) == 4
    for learned, (_, test) in zip(LEARNED, folds(given, 4), strict=True):
        assert not {given.prompts[i].id for i in test} & set(learned)


def test_a_failed_call_counts_as_a_failure_of_quality_nothing() -> None:
    errors = np.full((40, 2), "", dtype=object)
    errors[:10, 1] = "server: 500"
    quality = np.ones((40, 2))
    quality[:10, 1] = 0
    found = played("length", recorded(quality, errors=errors), words=0)
    assert found.failed.sum() == 10
    assert found.quality.mean() == 0.75


def test_the_datas_own_split_is_learned_from_where_no_folds_are_asked_for() -> None:
    LEARNED.clear()
    given = data()
    found = played("means", given, k=0)
    assert [tuple(p.id for p, s in zip(given.prompts, given.splits, strict=True) if s == "train")] == LEARNED
    assert found.quality.shape[1] == 20


def test_without_a_training_prompt_a_learner_says_what_to_do() -> None:
    nothing = data(splits=np.full(40, "test", dtype=object))
    with pytest.raises(BadInput, match=r"means learns from recorded outcomes.*--folds 5"):
        played("means", nothing, k=0)
    assert played("length", nothing, k=0).quality.shape[1] == 40


def test_whether_choices_stay_in_other_words_is_tried_on_some_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "REWORDED", 20)
    assert played("means").stayed.tolist() == [True] * 20  # means are the same whatever is asked
    polite = played("length", data(prompts=["one two three"] * 40), words=5).stayed
    assert len(polite) == 20
    assert 0 < polite.mean() < 1  # polite words make a prompt longer; other forms do not


def test_a_strategy_that_asks_for_answers_has_no_decision_time_and_no_rewording() -> None:
    found = played("cascade", data(), acceptor="naive", threshold=-0.1)
    assert np.isnan(found.decision_us)
    assert len(found.stayed) == 0
    assert (found.calls == 2).all()


def test_a_decision_takes_time() -> None:
    assert 0 < played("length").decision_us < 1e5
    assert played("means").learned


def test_a_choice_outside_the_pool_is_refused() -> None:
    with pytest.raises(BadInput, match="it chose 'nobody', which is not in this data set's pool \\(small, big\\)"):
        played("astray")


def test_errors_name_what_there_is() -> None:
    with pytest.raises(UnknownPlugin, match="no strategy named"):
        played("nothing")
    with pytest.raises(BadParameter, match="it has words"):
        played("length", letters=3)
    with pytest.raises(BadInput, match="length has no number 'lambda' to sweep; it has words"):
        played("length", sweep="lambda=0:1:3")
    with pytest.raises(BadInput, match="round_robin has no number 'x' to sweep; it has no numbers at all"):
        track(registry(), Entrant("round_robin", {}, Sweep("x", 0, 1, 2)), data(), folds(data(), 2))


def test_more_than_fits_in_memory_is_refused_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST", 400)
    with pytest.raises(BadInput, match=r"101 settings of 40 prompts .* at most 10 steps"):
        played("means")
    assert len(played("means", sweep="lambda=0:1:10").values) == 10


@pytest.mark.parametrize("text", ["lambda", "lambda=0", "lambda=0:1", "lambda=0:x:3", "lambda=0:1:2.5", ""])
def test_a_sweep_that_cannot_be_read_shows_one_that_can(text: str) -> None:
    with pytest.raises(BadInput, match="lambda=0:1:101"):
        Sweep.parse(text)


@pytest.mark.parametrize("text", ["a=1:0:3", "a=0:1:0", "a=0:1:1002", "a=0:inf:3", "a=nan:1:3"])
def test_a_sweep_must_go_up_in_a_bounded_number_of_steps(text: str) -> None:
    with pytest.raises(BadInput, match="must go up, in 1 to 1001 steps"):
        Sweep.parse(text)


def test_columns_of_a_vectorised_router_are_taken_as_they_are() -> None:
    found = Decisions(("small", "big"), np.array([1, 0]), np.zeros((2, 2)), lambda i: Decision("x", "never told"))
    assert replay._columns(found, ("small", "big")).tolist() == [1, 0]


def test_the_same_replay_twice_is_the_same() -> None:
    one, two = played("means"), played("means")
    for name in ("choices", "quality", "cost", "latency", "calls", "stayed"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_what_takes_part_in_fitting_is_not_swept() -> None:
    with pytest.raises(BadInput, match=r"replay each of its values, such as cluster:clusters=2$"):
        track(registry(), Entrant("cluster", {}, Sweep("clusters", 2, 4, 3)), recorded([[1.0, 0.0]] * 8), [])
