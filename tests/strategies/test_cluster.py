from __future__ import annotations

import json

import numpy as np
import pytest

from strategies.cluster import Cluster
from tests.strategies.test_knn import Topics, ask, history, topics
from workbench.decisions import UNFAMILIAR
from workbench.errors import BadInput
from workbench.types import Prompt

__all__ = ["topics"]


def fitted(**params: float) -> Cluster:
    router = Cluster(**{"clusters": 4, "nearest": 1, **params})  # type: ignore[arg-type]  # numbers by name
    router.fit(history(80))
    return router


def test_expects_the_means_of_the_cluster_drawn_towards_all(topics: Topics) -> None:
    """Twenty proofs, of which the big model got all, with ten prompts of the mean .5: (20 x 1 + 10 x .5) / 30."""
    found = fitted().estimate([ask("prove something"), ask("sum something")])
    assert found.quality == pytest.approx(np.array([[5, 25], [25, 5]]) / 30)


def test_routes_each_kind_to_the_model_that_can_do_it(topics: Topics) -> None:
    router = fitted(lambda_=0.0)
    assert [router.decide(ask(f"{word} it")).model for word in ("prove", "sum")] == ["big", "small"]


def test_one_cluster_is_the_mean_of_all_and_does_not_pay(topics: Topics) -> None:
    router = fitted(clusters=1)
    assert router.estimate([ask("prove something")]).quality == pytest.approx(np.array([[0.5, 0.5]]))
    assert "did not pay" in router.decide(ask("prove it")).why


def test_far_from_every_cluster_it_takes_the_best_single_model_and_says_so(topics: Topics) -> None:
    decision = fitted(lambda_=1.0).decide(ask("paint a picture"))
    assert decision.model == "small"
    assert decision.why.startswith("far from the training data")
    assert decision.label == UNFAMILIAR


def test_what_it_learned_survives_being_kept_as_arrays_and_json(topics: Topics) -> None:
    router, again = fitted(), Cluster(clusters=4, nearest=1)
    kept = {k: v if isinstance(v, np.ndarray) else json.loads(json.dumps(v)) for k, v in router.state().items()}
    again.restore(kept)
    prompts: list[Prompt] = [ask(f"{word} it") for word in ("prove", "sum", "hello")]
    assert (router.estimate(prompts).quality == again.estimate(prompts).quality).all()


def test_unfitted_it_names_the_command_that_fits_it() -> None:
    with pytest.raises(BadInput, match="workbench fit cluster --data NAME"):
        Cluster().decide(ask("anything"))
