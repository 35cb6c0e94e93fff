from __future__ import annotations

import math

import numpy as np
import pytest

from strategies._course import Table, stop, stops
from workbench.errors import BadInput
from workbench.recorded import Floats

COST = np.array([1e-6, 1e-5])


def table(n: int = 400, informed: bool = True, seed: int = 0) -> Table:
    """A weak model right half of the time, a strong one nine times in ten; an acceptor that knows, or knows nothing."""
    rng = np.random.default_rng(seed)
    chance = np.where(rng.random(n) < 0.5, 0.95, 0.05)
    quality = np.stack([rng.random(n) < chance, rng.random(n) < 0.9], axis=1).astype(float)
    seen = chance if informed else np.full(n, 0.5) + rng.normal(0, 0.01, n)
    return Table.of([np.stack([seen, np.full(n, 0.9)], axis=1)], quality, np.tile(COST, (n, 1)))


def test_a_draft_is_passed_on_when_what_is_added_is_worth_its_cost() -> None:
    quality = np.array([[0.5, 0.9], [0.88, 0.9], [0.95, 0.9]])
    assert stop(quality, COST, 0, price=5000).accepted.tolist() == [False, True, True]
    assert stop(quality, COST, 0, price=0).accepted.tolist() == [False, False, True]
    assert stop(quality, COST, 0, price=math.inf).accepted.all()


def test_a_chain_looks_past_a_middle_model_that_adds_nothing() -> None:
    after: list[Floats] = [np.array([[0.2, 0.2, 0.9]]), np.array([[0.2, 0.2, 0.9]])]
    assert stops(after, np.array([1e-6, 1e-6, 1e-5]), price=1000).tolist() == [2]
    assert stops(after, np.array([1e-6, 1e-6, 1e-5]), price=1e6).tolist() == [0]


def test_matched_quality_is_cheaper_than_the_last_model_alone() -> None:
    found = table().match()
    assert found.price is not None
    assert "cheaper" in found.why


def test_a_cascade_that_does_not_pay_is_not_run_and_says_so() -> None:
    flat = table(informed=False)
    for price in (0.0, 1e4, 1e5):
        course = flat.trade(price)
        assert course.price is None
        assert "does not pay" in course.why
    mixed = flat.budget(1000 * 5e-6)
    assert mixed.price is None
    assert sum(mixed.shares) == pytest.approx(1)
    assert np.dot(mixed.shares, COST) == pytest.approx(5e-6)


@pytest.mark.parametrize(
    ("usd", "shares"), [(1.0001e-6, (1.0, 0.0)), (1.2e-6, (0.978, 0.022)), (9.999e-6, (0.01, 0.99))]
)
def test_whoever_is_drawn_at_all_is_drawn_often_enough_to_be_judged_by_it(
    usd: float, shares: tuple[float, float]
) -> None:
    mixed = table(informed=False).budget(1000 * usd)
    assert mixed.shares == pytest.approx(shares, abs=1e-3)
    assert np.dot(mixed.shares, COST) <= usd


def test_a_budget_is_kept_on_the_prompts_it_was_fitted_on() -> None:
    known = table()
    course = known.budget(1000 * 7e-6)
    assert course.price is not None
    at = int((known.prices < course.price).sum())
    assert known.cost[at] <= 7e-6
    assert known.quality[at] > 0.8


def test_a_budget_below_the_cheapest_model_is_refused() -> None:
    with pytest.raises(BadInput, match=r"less than the cheapest model of the chain took, \$0.001"):
        table().budget(1e-6)


def test_a_guarantee_without_enough_prompts_asks_the_last_model_and_says_how_many_are_needed() -> None:
    course = table(n=30).guarantee(0.05, 0.05)
    assert course.shares == (0.0, 1.0)
    assert "59 prompts without a twin are needed" in course.why


def test_a_guarantee_shows_what_was_seen() -> None:
    course = table(n=2000).guarantee(0.05, 0.05)
    assert course.price is not None
    assert "at most 5.0% worse, with 95% confidence" in course.why
    assert "kept from the last model" in course.why


def test_nothing_but_cost_takes_the_cheapest_model() -> None:
    assert table().trade(math.inf).shares == (1.0, 0.0)


def test_the_guarantee_is_kept_on_new_prompts() -> None:
    """300 tables, each judged on the population it was drawn from: broken no more often than delta."""
    alpha, delta, broken = 0.06, 0.1, 0
    for seed in range(300):
        course = table(n=300, seed=seed).guarantee(alpha, delta)
        if course.price is not None:
            broken += _failing(course.price) > alpha
    assert broken / 300 <= delta


def _failing(price: float) -> float:
    """The true share of prompts answered worse than by the last model: accepted, wrong, and the last right."""
    kept = stop(np.array([[0.95, 0.9], [0.05, 0.9]]), COST, 0, price).accepted
    return float(0.5 * kept[0] * 0.05 * 0.9 + 0.5 * kept[1] * 0.95 * 0.9)


def test_state_comes_back_whole() -> None:
    known = table()
    again = Table.restored(known.state())
    assert all(np.array_equal(getattr(known, name), getattr(again, name)) for name in Table.__dataclass_fields__)
