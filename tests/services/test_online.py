"""Votes, grades and judge scores teach the strategies that learn while they serve, for good and once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from strategies.bandit import Bandit
from tests.pool import model
from tests.pool import prompt as asked
from tests.recordings import recorded
from tests.services.test_rewards import judged, seen
from tests.store.battles import ballot, comparison
from workbench.services import online as module
from workbench.services.fit import Fits, FittedStrategies
from workbench.services.online import HEARD, Online
from workbench.services.specs import params_of, registry
from workbench.store import Row, Store, open_store
from workbench.strategy import Strategy

POOL = (model("small", 0.1), model("large", 1.0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def fits(tmp_path: Path) -> Fits:
    return Fits(tmp_path / "fits")


def at(when: datetime, rows: Sequence[Row]) -> list[Row]:
    return [(table, {**row, "created_at": when} if "created_at" in row else row) for table, row in rows]


def vote(store: Store, id: str = "c", choice: str = "B", when: datetime | None = None) -> None:
    """A is small, B is large."""
    rows = [*comparison(id), ballot(f"{id}-0", choice)]
    asyncio.run(store.append(rows if when is None else at(when, rows)))


def caught_up(fits: Fits, store: Store) -> FittedStrategies:
    """By a process of its own."""
    strategies = FittedStrategies(fits)
    asyncio.run(Online(strategies, store).catch_up())
    return strategies


def reward(strategy: Strategy, model: str) -> float:
    assert isinstance(strategy, Bandit)
    return float(strategy.decide(asked(models=POOL)).features[f"reward of {model}"])


def observed(fits: Fits) -> float:
    """Answers that the fit has learned from, all models together."""
    with np.load(fits.path("bandit")) as kept:
        return float(kept["seen"][:, 0, 0].sum())


def test_a_vote_survives_a_restart(store: Store, fits: Fits) -> None:
    vote(store)
    caught_up(fits, store)
    again = FittedStrategies(fits).build("bandit")
    assert reward(again, "small") < 0.5 < reward(again, "large")


def test_grades_and_judge_scores_are_learned_like_votes(store: Store, fits: Fits) -> None:
    scores = [judged("c-0-A", 0.0), judged("c-0-B", 1.0)]
    asyncio.run(store.append([*seen("r1", "small", case="a", quality=0.0), *comparison("c", blind=False), *scores]))
    built = caught_up(fits, store).build("bandit")
    assert observed(fits) == pytest.approx(3, abs=0.01)
    assert reward(built, "small") < 0.5 < reward(built, "large")


def test_what_nobody_was_told_of_is_caught_up_and_nothing_is_learned_twice(store: Store, fits: Fits) -> None:
    vote(store, "c")
    caught_up(fits, store)
    vote(store, "d")  # and the process ended
    for _ in range(3):
        caught_up(fits, store)
    assert observed(fits) == pytest.approx(4, abs=0.01)
    assert set(fits.about("bandit")[HEARD]) == {f"vote v-{c}-0 {letter}" for c in "cd" for letter in "AB"}


def test_what_comes_late_is_heard_and_of_what_is_heard_only_the_last_minutes_are_kept(store: Store, fits: Fits) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for id, minutes in (("a", 0), ("b", 60), ("late", 55)):
        vote(store, id, when=now + timedelta(minutes=minutes))
        caught_up(fits, store)
    assert observed(fits) == pytest.approx(6, abs=0.01)
    assert len(fits.about("bandit")[HEARD]) == 4


def test_of_very_many_the_latest_are_caught_up(store: Store, fits: Fits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 4)
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for i in range(5):
        vote(store, f"c{i}", "A" if i < 3 else "B", now + timedelta(minutes=i))
    built = caught_up(fits, store).build("bandit")
    assert observed(fits) == pytest.approx(4, abs=0.01)
    assert reward(built, "small") < 0.5 < reward(built, "large")


def test_a_running_strategy_picks_it_up_when_it_is_refreshed(store: Store, fits: Fits) -> None:
    strategies = FittedStrategies(fits)
    running = strategies.build("bandit")
    wrapping = strategies.build("fallback", {"inner": "bandit"})
    vote(store)
    caught_up(fits, store)
    assert reward(running, "large") == 0.5
    for strategy in (running, wrapping):
        strategies.fits.refresh(strategy)
    assert reward(running, "large") > 0.5
    assert reward(wrapping.inner, "large") > 0.5  # type: ignore[attr-defined]  # a wrapper has one


def test_many_at_once_learn_every_vote_once(store: Store, fits: Fits) -> None:
    online = Online(FittedStrategies(fits), store)
    for i in range(5):
        vote(store, f"c{i}")

    async def all_() -> None:
        await asyncio.gather(*(online.catch_up() for _ in range(5)))

    asyncio.run(all_())
    assert observed(fits) == pytest.approx(10, abs=0.05)


def test_what_cannot_be_kept_is_logged_and_learned_when_it_can(
    store: Store, fits: Fits, caplog: pytest.LogCaptureFixture
) -> None:
    vote(store)
    online = Online(FittedStrategies(fits), store)
    fits.folder.write_text("a file where the folder should be")
    asyncio.run(online.catch_up())
    assert "did not learn" in caplog.text
    fits.folder.unlink()
    asyncio.run(online.catch_up())
    assert observed(fits) == pytest.approx(2, abs=0.01)


def test_it_goes_on_from_a_fit_by_hand_and_forgets_at_its_pace(store: Store, fits: Fits) -> None:
    vote(store, "before")
    online = Online(FittedStrategies(fits), store)
    asyncio.run(online.catch_up())
    hasty = registry().build("bandit", {"discount": 0.9})
    hasty.fit(recorded([[1.0, 0.0]] * 4))
    fits.save("bandit", hasty, {"params": params_of(hasty), "data": "toy", "prompts": 4})
    before = observed(fits)
    vote(store, "after", when=datetime.now(UTC) + timedelta(seconds=1))
    asyncio.run(online.catch_up())
    assert observed(fits) == pytest.approx(0.9 * (0.9 * before + 1) + 1)
    assert fits.about("bandit")["data"] == "toy"
