"""How far routers that weigh quality against cost believe their own predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from tests.recordings import recorded
from workbench.recorded import Floats, Recorded
from workbench.tradeoff import Estimates, TradeOff, belief, pays
from workbench.types import Prompt

N = 600


def outcomes(seed: int = 0) -> tuple[Floats, Floats]:
    """(n, 2) chances of two models to be right, and whether they were: each is better on half of the prompts."""
    rng = np.random.default_rng(seed)
    chances = np.where(np.arange(N)[:, None] % 2 == [0, 1], 0.8, 0.3)
    return chances, (rng.random((N, 2)) < chances).astype(float)


@dataclass
class Said(TradeOff):
    """Says of each prompt, by its number, what it was told to."""

    BELIEVED: ClassVar[bool] = False
    SAYS: ClassVar[Floats] = np.empty((0, 2))

    def learn(self, recorded: Recorded) -> None:
        """Nothing."""

    def held(self, recorded: Recorded) -> Estimates:
        return self.predict(recorded.prompts)

    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        rows = [int(p.id[1:]) for p in prompts]
        return Estimates(self.SAYS[rows], np.tile([1e-7, 1e-5], (len(rows), 1)))


def kept(says: Floats, quality: Floats) -> float:
    """The share of what is said that is believed: one for all models."""
    (share,) = set(belief(says, quality)[1].tolist())
    return float(share)


def fitted(monkeypatch: pytest.MonkeyPatch, says: Floats, quality: Floats) -> tuple[Said, Recorded]:
    monkeypatch.setattr(Said, "SAYS", says)
    data, router = recorded(quality), Said(lambda_=0.0)
    router.fit(data)
    return router, data


def test_what_comes_true_is_believed_and_what_is_noise_is_not() -> None:
    chances, quality = outcomes()
    noise = np.random.default_rng(1).random((N, 2))
    assert kept(quality, quality) == pytest.approx(1)
    assert kept(chances, quality) == pytest.approx(1, abs=0.1)
    assert kept(noise, quality) < 0.1


def test_what_says_twice_too_much_is_believed_by_half() -> None:
    chances, quality = outcomes()
    loud = chances.mean() + 2 * (chances - chances.mean())
    assert kept(loud, quality) == pytest.approx(0.5, abs=0.05)


def test_what_is_hard_for_all_models_alike_is_no_reason_to_believe() -> None:
    """It foresees every prompt's difficulty, and of the models against each other nothing but noise."""
    rng = np.random.default_rng(2)
    hard = rng.random((N, 1)) * [1, 1]
    quality = (rng.random((N, 2)) < hard).astype(float)
    assert kept(hard + rng.normal(0, 0.2, (N, 2)), quality) < 0.2


def test_predictions_are_shrunk_towards_the_means_as_far_as_they_are_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chances, quality = outcomes()
    router, data = fitted(monkeypatch, chances.mean() + 2 * (chances - chances.mean()), quality)
    assert router.estimate(data.prompts).quality == pytest.approx(chances, abs=0.06)


def test_a_router_that_foretells_the_wrong_way_round_takes_single_models_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chances, quality = outcomes()
    router, data = fitted(monkeypatch, 1 - chances, quality)
    decisions = router.decide_all(data.prompts)
    assert len({d.model for d in decisions}) == 1
    assert "did not pay" in decisions[0].why


def test_a_fit_of_the_first_versions_believed_all_that_it_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    chances, quality = outcomes()
    router, data = fitted(monkeypatch, chances / 2, quality)
    again = Said()
    again.restore({name: value for name, value in router.state().items() if name != "belief"})
    assert again.estimate(data.prompts).quality == pytest.approx(chances / 2)


def test_choosing_by_noise_does_not_pay_and_choosing_by_the_truth_does() -> None:
    chances, quality = outcomes()
    data, free = recorded(quality), np.zeros((N, 2))
    noise = np.random.default_rng(1).random((N, 2))
    assert pays(Estimates(chances, free), data, 1.0)
    assert not pays(Estimates(noise, free), data, 1.0)
