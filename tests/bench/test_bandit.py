"""Learning while serving pays on the recorded outcomes: less regret than any fixed model, and than looking at no prompt."""

from __future__ import annotations

from workbench.bench.bandit import measure


def test_a_bandit_regrets_less_than_every_fixed_model_and_epsilon_greedy() -> None:
    regret = {name: found["value"] for name, found in measure(seeds=1)["regret"].items()}
    learned = {name: regret.pop(name) for name in ("bandit, thompson", "bandit, linucb")}
    assert max(learned.values()) < min(regret.values())
