from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from strategies.knn import Knn
from tests.recordings import BIG, SMALL, recorded
from workbench import embed
from workbench.errors import BadInput
from workbench.recorded import Recorded
from workbench.types import Prompt, user

WORDS = ("sum", "translate", "prove", "hello")


class Topics:
    """Vectors that anyone can work out: one axis for each topic, and a little for length."""

    name, dim = "topics", len(WORDS) + 1

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> embed.Vectors:
        self.seen += texts
        rows = [[*(float(w in text) for w in WORDS), len(text) / 1e4] for text in texts]
        found = np.array(rows, dtype=np.float32).reshape(-1, self.dim)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def topics() -> Iterator[Topics]:
    before = embed.shared()
    made = Topics()
    embed.use(made)
    yield made
    embed.use(before)


def history(n: int = 40) -> Recorded:
    """The small model sums and translates; only the big one proves and greets."""
    return recorded([[float(i % 4 < 2), float(i % 4 >= 2)] for i in range(n)])


def ask(text: str) -> Prompt:
    return Prompt("new", (user(text),), (SMALL, BIG))


def test_expects_what_the_models_did_on_the_nearest_prompts(topics: Topics) -> None:
    knn = Knn(k=10)
    knn.fit(history())
    found = knn.estimate([ask("prove something"), ask("sum something")])
    assert found.quality.tolist() == [[0, 1], [1, 0]]
    assert found.cost == pytest.approx(np.array([[1e-7, 1e-5]] * 2))


def test_more_neighbours_than_training_prompts_is_the_mean_of_all(topics: Topics) -> None:
    knn = Knn(k=10_000)
    knn.fit(history())
    assert knn.estimate([ask("prove something")]).quality.tolist() == [[0.5, 0.5]]


def test_lambda_weighs_expected_quality_against_cost(topics: Topics) -> None:
    for lambda_, model in ((0.0, "big"), (1.0, "small")):
        knn = Knn(k=10, lambda_=lambda_)
        knn.fit(history())
        assert knn.decide(ask("prove it")).model == model


def test_a_decision_tells_what_it_expects_of_every_model(topics: Topics) -> None:
    knn = Knn(k=10, lambda_=0.1)
    knn.fit(history())
    decision = knn.decide(ask("prove it"))
    assert decision.features["quality of big"] == 1.0
    assert set(decision.scores) == {"small", "big"}
    assert "expects quality 1.00" in decision.why


def test_what_many_prompts_share_is_not_embedded(topics: Topics) -> None:
    shared = "These examples stand before every prompt.\n"
    texts = [f"{shared}{('prove', 'sum')[i % 2]} number {i}" for i in range(20)]
    knn = Knn(k=5)
    knn.fit(recorded([[i % 2, 1 - i % 2] for i in range(20)], prompts=texts))
    topics.seen.clear()
    knn.estimate([ask(f"{shared}sum it up")])
    assert topics.seen == ["sum it up"]


def test_what_it_learned_survives_being_kept_as_arrays_and_json(topics: Topics) -> None:
    knn, again = Knn(k=7), Knn(k=7)
    knn.fit(history())
    state = knn.state()
    kept = {k: v if isinstance(v, np.ndarray) else json.loads(json.dumps(v)) for k, v in state.items()}
    again.restore(kept)
    prompts = [ask(f"{word} {i}") for i, word in enumerate(WORDS)]
    assert (knn.estimate(prompts).quality == again.estimate(prompts).quality).all()
    assert again.decide_all(prompts).chosen.tolist() == knn.decide_all(prompts).chosen.tolist()


def test_unfitted_it_names_the_command_that_fits_it() -> None:
    with pytest.raises(BadInput, match="workbench fit knn --data NAME"):
        Knn().decide(ask("anything"))


def test_prompts_without_scores_of_every_model_teach_nothing(topics: Topics) -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        Knn().fit(recorded([[np.nan, 1], [0, np.nan]]))


def test_prompts_that_one_model_lacks_are_left_out_of_learning(topics: Topics) -> None:
    knn = Knn(k=1)
    knn.fit(recorded([[np.nan, 1], [1, 0]], prompts=["prove a", "sum b"]))
    assert knn.estimate([ask("prove c")]).quality.tolist() == [[1, 0]]


def test_far_from_every_training_prompt_it_takes_the_best_single_model_and_says_so(topics: Topics) -> None:
    knn = Knn(k=10, lambda_=1.0)
    knn.fit(history())
    decision = knn.decide(ask("paint a picture"))
    assert decision.model == "small"
    assert decision.why.startswith("far from the training data")


def test_where_neighbours_foretell_nothing_it_takes_single_models_says_so_and_still_tells_what_it_expects(
    topics: Topics,
) -> None:
    """Who is right has nothing to do with the topic."""
    knn = Knn(k=3, lambda_=0.0)
    right = np.random.default_rng(5).random((60, 2)) < [0.4, 0.8]
    knn.fit(recorded(right.astype(float)))
    prompts = [ask(f"{word} {i}") for word in WORDS for i in range(5)]
    assert {d.model for d in knn.decide_all(prompts)} == {"big"}
    assert "did not pay" in knn.decide(prompts[0]).why
    assert len(np.unique(knn.expect(prompts).quality[:, 0])) > 1


def test_a_training_prompt_is_tried_by_its_neighbours_but_not_by_itself(topics: Topics) -> None:
    """Two prompts of each topic, on which opposite models are right."""
    data = recorded([[1, 0]] * 4 + [[0, 1]] * 4)
    knn = Knn(k=1)
    knn.fit(data)
    held = knn.held(data)
    assert held is not None
    assert (held.quality == 1 - data.quality).all()


def test_a_batch_larger_than_is_compared_at_once_is_the_same_as_one_by_one(
    topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    knn = Knn(k=3)
    knn.fit(history())
    prompts = [ask(f"{WORDS[i % 4]} {i}") for i in range(11)]
    whole = knn.estimate(prompts).quality
    monkeypatch.setattr("strategies.knn.BATCH", 4)
    assert (knn.estimate(prompts).quality == whole).all()
