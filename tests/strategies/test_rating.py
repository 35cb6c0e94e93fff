from __future__ import annotations

import json

import numpy as np
import pytest

from strategies._bradley_terry import chances, rates, strengths
from strategies.rating import Rating
from tests.recordings import BIG, SMALL
from tests.strategies.test_knn import Topics, ask, history, topics
from workbench.errors import BadInput
from workbench.preferences import Preferences
from workbench.types import Model, Prompt

__all__ = ["topics"]
MID = Model("mid", 1.0, 1.0)
POOL = (SMALL, MID, BIG)


def fitted(**params: float) -> Rating:
    router = Rating(**params)
    router.fit(history(80))
    return router


def voted(n: int = 40) -> Preferences:
    """Three of four prefer big to mid, and mid to small, whatever the prompt."""
    prompts = [Prompt(f"q{i}", ask(f"prove number {i}").messages, POOL) for i in range(n)]
    lost = [[("mid", "big", ""), ("small", "mid", "")], [("big", "mid", ""), ("mid", "small", "")]]
    return Preferences.cast(prompts, [lost[i % 4 > 0] for i in range(n)])


def test_the_chances_of_two_are_those_of_their_strengths() -> None:
    wins = np.random.default_rng(0).uniform(0.1, 9, (50, 2, 2)) * (1 - np.eye(2))
    assert chances(wins) == pytest.approx(rates(strengths(wins)), abs=1e-12)


def test_thirty_wins_to_ten_is_a_strength_of_three() -> None:
    found = strengths(np.array([[[0, 30.0], [10, 0]]]))[0]
    assert np.log(found[0] / found[1]) == pytest.approx(np.log(3))


def test_ratings_are_those_of_the_published_example() -> None:
    """Wikipedia's table of four teams, as it stands in the article on the Bradley-Terry model."""
    wins = np.array([[[0, 2, 0, 1], [3, 0, 5, 0], [0, 3, 0, 1], [4, 0, 3, 0]]], dtype=float)
    assert strengths(wins, steps=500)[0] == pytest.approx([0.6398, 1.0433, 0.6598, 2.2704], abs=1e-4)


def test_a_rate_is_the_chance_against_the_others() -> None:
    assert rates(np.array([[1.0, 3.0]]))[0] == pytest.approx([0.25, 0.75])
    assert rates(np.ones((1, 5)))[0] == pytest.approx([0.5] * 5)


def test_prompts_alike_count_more(topics: Topics) -> None:
    router = fitted(lambda_=0.0, common=0.0)
    assert [router.decide(ask(f"{word} it")).model for word in ("prove", "sum")] == ["big", "small"]
    assert router.estimate([ask("prove it")]).quality[0] == pytest.approx([0, 1], abs=0.03)


def test_without_sharpness_every_prompt_has_the_plain_rating(topics: Topics) -> None:
    router = fitted(sharpness=0.0)
    assert router.predict([ask("prove it"), ask("sum it")]).quality == pytest.approx(np.full((2, 2), 0.5))


def test_votes_teach_it_too(topics: Topics) -> None:
    router = Rating(lambda_=0.0)
    router.fit_votes(voted())
    prompt = Prompt("new", ask("prove number 9").messages, POOL)
    assert router.decide(prompt).model == "big"
    low, mid, high = router.estimate([prompt]).quality[0]
    assert low + mid + high == pytest.approx(1.5)
    assert low < mid - 0.1 < high - 0.2


def test_one_vote_is_believed_less_than_many_that_agree(topics: Topics) -> None:
    def won(n: int) -> float:
        """Chance of the model that won every one of so many votes."""
        prompts = [Prompt(f"q{i}", ask("prove it").messages, (SMALL, BIG)) for i in range(n)]
        router = Rating()
        router.fit_votes(Preferences.cast(prompts, [[("big", "small", "")]] * n))
        return float(router.estimate(prompts[:1]).quality[0, 1])

    assert 0.7 < won(1) < 0.8 < won(5) < won(50) < 0.995


def test_votes_that_leave_a_model_out_are_refused(topics: Topics) -> None:
    prompts = [Prompt("q", ask("prove it").messages, POOL)]
    with pytest.raises(BadInput, match="each compared at least once"):
        Rating().fit_votes(Preferences.cast(prompts, [[("big", "mid", "tie")]]))


def test_what_it_learned_survives_being_kept_as_arrays_and_json(topics: Topics) -> None:
    router, again = fitted(), Rating()
    kept = {k: v if isinstance(v, np.ndarray) else json.loads(json.dumps(v)) for k, v in router.state().items()}
    again.restore(kept)
    prompts = [ask(f"{word} it") for word in ("prove", "sum", "hello")]
    assert (router.estimate(prompts).quality == again.estimate(prompts).quality).all()


def test_unfitted_it_names_the_command_that_fits_it() -> None:
    with pytest.raises(BadInput, match="workbench fit rating --data NAME"):
        Rating().decide(ask("anything"))
