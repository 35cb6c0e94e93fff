"""A vote teaches the strategies that learn while they serve, for good."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from strategies.bandit import Bandit
from tests.pool import MODELS, prompt
from tests.recordings import recorded
from workbench.services.fit import Fits, FittedStrategies
from workbench.services.online import Online
from workbench.services.specs import params_of, registry
from workbench.types import Feedback


def told(folder: Path, *feedback: Feedback) -> FittedStrategies:
    strategies = FittedStrategies(Fits(folder))
    asyncio.run(Online(strategies).tell(feedback))
    return strategies


def reward(strategy: object, model: str) -> float:
    assert isinstance(strategy, Bandit)
    return float(strategy.decide(prompt()).features[f"reward of {model}"])


def test_what_is_told_survives_a_restart(tmp_path: Path) -> None:
    told(tmp_path, Feedback(prompt(), "small", 0.0), Feedback(prompt(), "big", 1.0))
    again = FittedStrategies(Fits(tmp_path)).build("bandit")
    assert reward(again, "small") < 0.5 < reward(again, "big")


def test_a_running_strategy_picks_it_up_when_it_is_refreshed(tmp_path: Path) -> None:
    strategies = FittedStrategies(Fits(tmp_path))
    running = strategies.build("bandit")
    wrapping = strategies.build("fallback", {"inner": "bandit"})
    told(tmp_path, Feedback(prompt(), "big", 1.0))
    assert reward(running, "big") == 0.5
    for strategy in (running, wrapping):
        strategies.fits.refresh(strategy)
    assert reward(running, "big") > 0.5
    assert reward(wrapping.inner, "big") > 0.5  # type: ignore[attr-defined]


def test_many_votes_at_once_are_all_learned(tmp_path: Path) -> None:
    online = Online(FittedStrategies(Fits(tmp_path)))

    async def vote() -> None:
        one = [Feedback(prompt(), m.id, 0.5) for m in MODELS]
        await asyncio.gather(*(online.tell(one) for _ in range(20)))

    asyncio.run(vote())
    with np.load(tmp_path / "bandit.npz") as kept:
        assert kept["seen"].shape[0] == len(MODELS)
        assert kept["seen"][:, 0, 0].min() > 19


def test_what_cannot_be_kept_is_logged_and_loses_no_vote(tmp_path: Path, caplog: object) -> None:
    (tmp_path / "fits").write_text("a file where the folder should be")
    told(tmp_path / "fits", Feedback(prompt(), "big", 1.0))
    assert "did not learn" in caplog.text  # type: ignore[attr-defined]


def test_it_forgets_at_the_pace_of_the_fit(tmp_path: Path) -> None:
    strategies = FittedStrategies(Fits(tmp_path))
    online = Online(strategies)
    asyncio.run(online.tell([Feedback(prompt(), "big", 1.0)]))
    hasty = registry().build("bandit", {"discount": 0.9})
    hasty.fit(recorded([[1.0, 0.0]] * 4))
    strategies.fits.save("bandit", hasty, {"params": params_of(hasty)})
    before = _weight(strategies, "small")
    asyncio.run(online.tell([Feedback(prompt(), "big", 1.0)]))
    assert _weight(strategies, "small") == pytest.approx(0.9 * before)


def _weight(strategies: FittedStrategies, model: str) -> float:
    """Observations that the fit counts of a model."""
    state = strategies.build("bandit").state()
    return float(state["seen"][state["models"].index(model), 0, 0])
