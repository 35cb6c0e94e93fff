"""How an experiment's observations are compared: the right unit, and claims that hold when looked at after every one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from workbench.services.comparisons import LOOKS, Setup, compared, looks, series, units

LABELS = ("a", "b", "c")


def setup(arms: int = 2, assign: str = "paired", shares: Sequence[float] = (), **changes: Any) -> Setup:
    given = shares or ([1.0] * arms if assign == "paired" else [1 / arms] * arms)
    about = {"clustered": False, "alpha": 0.05, "complete": True} | changes
    return Setup(LABELS[:arms], given, assign, **about)


def paired(qualities: Any, unit: Any = None) -> list[dict[str, Any]]:
    """Rows of (n, arms) qualities."""
    return [
        {"n": n, "arm": arm, "quality": float(q), "unit": str(unit[n]) if unit is not None else f"q{n}"}
        for n, row in enumerate(qualities)
        for arm, q in enumerate(row)
    ]


def drawn(rng: np.random.Generator, chances: Sequence[float], n: int, shares: Sequence[float]) -> list[dict[str, Any]]:
    """Rows of an experiment whose strategies were drawn by prompt."""
    arms = rng.choice(len(chances), n, p=shares)
    return [
        {"n": i, "arm": int(arm), "quality": float(rng.random() < chances[arm]), "unit": f"q{i}"}
        for i, arm in enumerate(arms)
    ]


def test_paired_the_difference_is_of_the_same_prompt() -> None:
    (found,) = compared(setup(), paired([(1, 0), (1, 1), (0, 1), (0, 1)]))
    assert found["difference"]["value"] == 0.25
    assert found["n"] == 4
    assert not found["shown"]
    assert [look["n"] for look in found["path"]] == [1, 2, 3, 4]


def test_a_clear_difference_is_shown_and_every_look_holds_it() -> None:
    rng = np.random.default_rng(0)
    (found,) = compared(setup(), paired(np.stack([rng.random(400) < 0.5, rng.random(400) < 0.8], axis=1)))
    assert found["shown"]
    assert found["difference"]["low"] > 0
    assert all(look["low"] <= 0.3 <= look["high"] for look in found["path"])
    widths = [look["high"] - look["low"] for look in found["path"]]
    assert widths == sorted(widths, reverse=True)


def test_users_count_once_and_only_when_they_have_finished() -> None:
    rows = paired([(1, 0), (1, 1), (0, 1), (1, 0)], unit=["u", "u", "v", "v"])
    whole, part = setup(clustered=True), setup(clustered=True, complete=False)
    assert units(whole, rows) == [{0: 1.0, 1: 0.5}, {0: 0.5, 1: 0.5}]
    assert len(units(part, rows)) == 1
    assert series(whole, units(whole, rows), 1).values.tolist() == [-0.5, 0.0]
    assert compared(whole, rows)[0]["n"] == 2


def test_rows_of_users_with_a_taste_make_no_false_claim() -> None:
    """Thirty rows a user, who prefers one side for all of them: by row it would be called half of the time."""
    called = by_row = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        prefers = np.repeat(rng.random(30) < 0.5, 30)
        rows = paired(np.stack([~prefers, prefers], axis=1), unit=np.repeat(np.arange(30), 30))
        called += compared(setup(clustered=True), rows)[0]["shown"]
        by_row += compared(setup(), rows)[0]["shown"]
    assert called <= 3
    assert by_row > 10


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.8, 0.2)])
def test_drawn_strategies_differ_by_what_they_differ_by(shares: tuple[float, float]) -> None:
    held = shown = 0
    for seed in range(12):
        rows = drawn(np.random.default_rng(seed), (0.4, 0.7), 1500, shares)
        (found,) = compared(setup(assign="prompt", shares=shares), rows)
        held += found["difference"]["low"] <= 0.3 <= found["difference"]["high"]
        shown += found["shown"]
    assert held >= 11
    assert shown >= 11


def test_drawn_strategies_that_are_alike_are_rarely_told_apart() -> None:
    called = sum(
        compared(
            setup(assign="prompt", shares=(0.7, 0.3)), drawn(np.random.default_rng(s), (0.5, 0.5), 600, (0.7, 0.3))
        )[0]["shown"]
        for s in range(60)
    )
    assert called / 60 <= 0.05 + 2.6 * (0.05 * 0.95 / 60) ** 0.5


def test_several_comparisons_are_wider_each_and_say_so() -> None:
    rng = np.random.default_rng(1)
    qualities = np.stack([rng.random(200) < p for p in (0.5, 0.7, 0.5)], axis=1)
    (alone,) = compared(setup(), paired(qualities[:, :2]))
    both = compared(setup(3), paired(qualities))
    assert both[0]["difference"]["low"] <= alone["difference"]["low"]
    assert both[0]["e_value"] == alone["e_value"]
    assert [one["strategy"] for one in both] == ["b", "c"]


def test_nothing_seen_says_nothing() -> None:
    (found,) = compared(setup(), [])
    assert found["difference"] == {"value": 0.0, "low": -1.0, "high": 1.0}
    assert (found["n"], found["more"], found["path"], found["shown"]) == (0, None, [], False)


@pytest.mark.parametrize("n", [0, 1, 5, LOOKS, LOOKS + 1, 1000, 12345])
def test_looks_rise_to_the_last_observation(n: int) -> None:
    found = looks(n)
    assert found == sorted(set(found))
    assert len(found) <= LOOKS
    assert (found[-1] == n and found[0] >= 1) if n else not found
