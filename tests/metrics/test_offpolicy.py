from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics import offpolicy
from workbench.metrics.offpolicy import Log, cross_fitted, evaluate

LOG = Log(np.array([0, 0, 1, 1]), np.array([1.0, 0, 1, 1]), np.array([0.8, 0.8, 0.2, 0.2]))
TARGET = np.tile([0.25, 0.75], (4, 1))
PREDICTED = np.tile([0.5, 0.9], (4, 1))


def test_four_rounds_worked_by_hand() -> None:
    assert offpolicy.ips(LOG, TARGET).value == pytest.approx(1.953125)
    assert offpolicy.snips(LOG, TARGET).value == pytest.approx(0.961538, abs=1e-6)
    assert offpolicy.doubly_robust(LOG, TARGET, PREDICTED).value == pytest.approx(0.9875)
    assert offpolicy.effective_size(offpolicy.importance(LOG, TARGET)) == pytest.approx(2.33103, abs=1e-5)


def log(n: int, p: float = 0.5, seed: int = 0) -> Log:
    rng = np.random.default_rng(seed)
    action = (rng.random(n) < p).astype(np.intp)
    reward = (rng.random(n) < np.where(action == 1, 0.8, 0.4)).astype(float)
    return Log(action, reward, np.where(action == 1, p, 1 - p))


def target(n: int, p: float) -> np.ndarray:
    return np.tile([1 - p, p], (n, 1))


def test_estimates_find_the_true_value() -> None:
    found = offpolicy.evaluate(log(4000), target(4000, 0.9), np.tile([0.4, 0.8], (4000, 1)))
    for estimate in (found.ips, found.snips, found.doubly_robust):
        assert estimate.low < 0.76 < estimate.high
    assert found.warning == ""
    assert found.effective > 1000


def test_a_small_effective_size_warns_and_a_tiny_one_is_refused() -> None:
    some = offpolicy.evaluate(log(200), target(200, 0.9), np.full((200, 2), 0.5))
    assert "too narrow" in some.warning
    with pytest.raises(BadInput, match="effective sample size is"):
        offpolicy.evaluate(log(30), target(30, 0.9), np.full((30, 2), 0.5))


def test_an_action_that_was_never_logged_is_refused() -> None:
    only = Log(np.zeros(500, dtype=np.intp), np.ones(500), np.ones(500))
    with pytest.raises(BadInput, match=r"no support: the target takes action 1 with probability 0\.500"):
        offpolicy.evaluate(only, target(500, 0.5), np.full((500, 2), 0.5))


def test_an_action_that_logging_could_not_take_for_a_round_is_refused() -> None:
    offered = np.ones((400, 2), dtype=bool)
    offered[:100, 1] = False
    with pytest.raises(BadInput, match="no support"):
        offpolicy.evaluate(log(400), target(400, 0.5), np.full((400, 2), 0.5), offered)


def test_wrong_propensities_are_found_out() -> None:
    true = log(3000, 0.5)
    wrong = Log(true.actions, true.rewards, np.full(3000, 0.8))
    with pytest.raises(BadInput, match=r"mean is .* and must be 1"):
        offpolicy.evaluate(wrong, target(3000, 0.5), np.full((3000, 2), 0.5))


@pytest.mark.parametrize("p", [0.0, -0.1, 1.2, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(BadInput, match="propensities must be"):
        Log(np.array([0]), np.array([1.0]), np.array([p]))


def test_predictions_never_use_the_round_they_are_for() -> None:
    """One group, one action: each fold is predicted by the others' mean."""
    rewards = np.array([1.0, 0, 0, 0, 0] * 4)
    one = Log(np.zeros(20, dtype=np.intp), rewards, np.ones(20))
    found = offpolicy.cross_fitted(one, np.zeros(20, dtype=np.intp), 1)[:, 0]
    assert (found[::5] == 0).all()
    assert found[1] > 0


def test_rounds_of_users_with_a_taste_are_as_wide_as_users_make_them() -> None:
    """Drawn prompt by prompt, 60 users of 20 prompts each: rounds alone would hold the truth in 4 of 5 logs."""
    rng, inside, runs = np.random.default_rng(0), np.zeros(3), 150
    users, target = np.repeat(np.arange(60), 20), np.tile([0.0, 1.0], (1200, 1))
    for _ in range(runs):
        rewards = (rng.random(1200) < rng.uniform(0.1, 0.9, 60)[users]).astype(float)
        actions = (rng.random(1200) < 0.5).astype(np.intp)
        log = Log(actions, rewards, np.full(1200, 0.5), users)
        found = evaluate(log, target, cross_fitted(log, np.zeros(1200, dtype=np.intp), 2))
        inside += [one.low <= 0.5 <= one.high for one in (found.ips, found.snips, found.doubly_robust)]
    assert ((inside / runs) >= 0.9).all()


def test_few_users_are_warned_of_and_clusters_of_one_change_nothing() -> None:
    rng = np.random.default_rng(1)
    actions, rewards = rng.integers(0, 2, 400), rng.random(400)
    target, alone = np.tile([0.5, 0.5], (400, 1)), np.arange(400)
    plain, each, few = (Log(actions, rewards, np.full(400, 0.5), c) for c in (None, alone, alone // 20))
    flat = np.full((400, 2), 0.5)
    assert evaluate(plain, target, flat) == evaluate(each, target, flat)
    assert "20 users" in evaluate(few, target, flat).warning
