from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from strategies.regression import Regression
from tests.recordings import BIG, SMALL, recorded
from workbench.decisions import UNFAMILIAR
from workbench.errors import BadInput
from workbench.recorded import Recorded
from workbench.types import Model, Prompt, user

SUMS, TALES = "What is {0} plus {0} times {1}?", "Tell a story about a fox in winter, chapter {1}, for child {0}."


def history(n: int = 120, seed: int = 0) -> Recorded:
    """Sums, which only the big model gets right, and tales, which both do."""
    texts = [(SUMS if i % 2 else TALES).format(i, i + 7) for i in range(n)]
    return recorded([[float(i % 2 == 0), 1.0] for i in range(n)], prompts=texts)


def noise(n: int = 120) -> Recorded:
    rng = np.random.default_rng(3)
    return replace(history(n), quality=(rng.random((n, 2)) < [0.4, 0.6]).astype(float))


def ask(text: str, models: tuple[Model, ...] = (SMALL, BIG)) -> Prompt:
    return Prompt("new", (user(text),), models)


@cache
def learned() -> Regression:
    return fitted(history())


def fitted(data: Recorded, lambda_: float = 0.2) -> Regression:
    router = Regression(lambda_=lambda_, trees=20)
    router.fit(data)
    return router


def test_predicts_what_each_model_does_on_each_kind_of_prompt() -> None:
    found = learned().estimate([ask(SUMS.format(990, 991)), ask(TALES.format(990, 991))])
    assert found.quality == pytest.approx(np.array([[0, 1], [1, 1]]), abs=0.15)


def test_pays_for_the_big_model_where_it_is_needed() -> None:
    router = learned()
    assert router.decide(ask(SUMS.format(990, 991))).model == "big"
    assert router.decide(ask(TALES.format(990, 991))).model == "small"


def test_predicts_a_cost_that_grows_with_the_prompt() -> None:
    data = history()
    lengths = np.array([[float(len(p.text))] for p in data.prompts])
    router = fitted(replace(data, cost=lengths * [[1e-6, 1e-5]]))
    short, long = router.estimate([ask(SUMS.format(990, 991)), ask(TALES.format(990, 991))]).cost
    assert (long > 1.5 * short).all()
    assert short == pytest.approx([28e-6, 28e-5], rel=0.25)


def test_where_scores_are_noise_it_takes_single_models_and_says_so() -> None:
    data = noise()
    for lambda_, model in ((0.0, "big"), (1.0, "small")):
        decisions = fitted(data, lambda_).decide_all(data.prompts)
        assert {d.model for d in decisions} == {model}
        assert "routing did not pay on held-out training prompts" in decisions[0].why


def test_far_from_the_training_data_it_takes_the_best_single_model_and_says_so() -> None:
    router = fitted(history(), lambda_=0.0)
    decision = router.decide(ask("def quicksort(xs):\n    return sorted(xs)  # $$$ \\frac{1}{2} ????\n" * 30))
    assert decision.model == "big"
    assert decision.why.startswith("far from the training data")
    assert decision.label == UNFAMILIAR
    assert decision.features["quality of small"] == pytest.approx(0.5)


def test_learns_the_same_each_time() -> None:
    one, two = learned().state(), fitted(history()).state()
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_equal(one[name], two[name])


def test_what_it_learned_survives_being_kept_as_arrays_and_json() -> None:
    router, again = learned(), Regression(trees=20)
    kept = {k: v if isinstance(v, np.ndarray) else json.loads(json.dumps(v)) for k, v in router.state().items()}
    again.restore(kept)
    prompts = [ask(SUMS.format(i, i)) for i in range(5)] + [ask("")]
    assert (router.estimate(prompts).quality == again.estimate(prompts).quality).all()
    assert (router.estimate(prompts).cost == again.estimate(prompts).cost).all()


def test_a_model_added_later_is_placed_by_a_few_outcomes() -> None:
    """It has been asked 20 of 120 prompts, and did on them what the big model does, at half its cost."""
    data = history()
    late = np.full((len(data), 1), np.nan)
    late[:20] = data.quality[:20, 1:]
    quality = np.hstack([data.quality, late])
    new = Model("new", 5.0, 5.0)
    wide = recorded(quality, models=(SMALL, BIG, new), prompts=[p.text for p in data.prompts])
    router = fitted(wide)
    found = router.estimate([ask(SUMS.format(990, 991), (SMALL, BIG, new))])
    assert found.quality[0, 2] > 0.6
    assert found.quality[0, 2] - found.quality[0, 0] > 0.5
    assert found.cost[0, 2] == pytest.approx(5e-6, rel=0.1)


def test_a_model_removed_since_the_fit_is_no_longer_chosen() -> None:
    router = learned()
    assert router.decide(ask(SUMS.format(990, 991), (SMALL,))).model == "small"


def test_a_model_it_never_saw_is_named() -> None:
    with pytest.raises(BadInput, match="knows nothing of other"):
        learned().decide(ask("anything", (SMALL, Model("other"))))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (history().take(np.arange(0)), "nothing to learn from"),
        (recorded(np.full((9, 2), np.nan)), "nothing to learn from"),
        (recorded(np.ones((9, 2))), "every outcome has the same score, 1"),
        (history().of(["big"]), "needs two models"),
        (replace(history(), cost=np.full((120, 2), np.nan)), "record the cost"),
    ],
)
def test_refuses_what_cannot_teach_and_names_the_mend(data: Recorded, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        fitted(data)


def test_unfitted_it_names_the_command_that_fits_it() -> None:
    with pytest.raises(BadInput, match="workbench fit regression --data NAME"):
        Regression().decide(ask("anything"))
