from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from strategies.factor import Factor
from tests.strategies.test_knn import Topics, ask, history, topics
from tests.strategies.test_rating import POOL, voted
from workbench.errors import BadInput
from workbench.types import Prompt

__all__ = ["topics"]


def fitted(**params: float) -> Factor:
    router = Factor(**params)  # type: ignore[arg-type]  # numbers by name
    router.fit(history(80))
    return router


def test_recovers_a_planted_order(topics: Topics) -> None:
    router = Factor(lambda_=0.0)
    router.fit_votes(voted(80))
    low, mid, high = router.estimate([Prompt("new", ask("prove number 9").messages, POOL)]).quality[0]
    assert mid == pytest.approx(0.5, abs=0.1)
    assert low < 0.4 < 0.6 < high


def test_learns_which_model_wins_on_which_kind(topics: Topics) -> None:
    router = fitted(lambda_=0.0)
    assert [router.decide(ask(f"{word} it")).model for word in ("prove", "sum")] == ["big", "small"]
    assert router.estimate([ask("prove it")]).quality[0] == pytest.approx([0, 1], abs=0.1)


def test_where_the_prompt_says_nothing_the_levels_decide_and_it_says_so(topics: Topics) -> None:
    data = history(80)
    router = Factor(lambda_=1.0)
    router.fit(replace(data, quality=np.random.default_rng(1).integers(0, 2, data.quality.shape).astype(float)))
    decision = router.decide(ask("prove it"))
    assert decision.model == "small"
    assert "did not pay" in decision.why


def test_learns_the_same_each_time(topics: Topics) -> None:
    one, two = fitted().state(), fitted().state()
    for name in one:
        np.testing.assert_equal(one[name], two[name])


def test_what_it_learned_survives_being_kept_as_arrays_and_json(topics: Topics) -> None:
    router, again = fitted(), Factor()
    kept = {k: v if isinstance(v, np.ndarray) else json.loads(json.dumps(v)) for k, v in router.state().items()}
    again.restore(kept)
    prompts = [ask(f"{word} it") for word in ("prove", "sum", "hello")]
    assert (router.estimate(prompts).quality == again.estimate(prompts).quality).all()


def test_unfitted_it_names_the_command_that_fits_it() -> None:
    with pytest.raises(BadInput, match="workbench fit factor --data NAME"):
        Factor().decide(ask("anything"))


def test_a_few_prompts_teach_nothing_and_it_says_what_can_do_without(topics: Topics) -> None:
    with pytest.raises(BadInput, match=r"needs 3 prompts or more .* take rating"):
        Factor().fit_votes(voted(2))
