"""Draws by a hash: even, repeatable, and never what has no chance."""

from __future__ import annotations

from strategies._chance import drawn, uniform


def test_draws_come_as_often_as_their_chance() -> None:
    found = [drawn([0.2, 0.0, 0.8], 0, str(i)) for i in range(5000)]
    assert abs(found.count(0) / 5000 - 0.2) < 0.02
    assert found.count(1) == 0


def test_the_same_seed_and_prompt_draw_the_same_and_another_seed_another() -> None:
    assert uniform(1, "p") == uniform(1, "p") != uniform(2, "p")


def test_chances_that_sum_to_less_than_one_by_rounding_still_draw() -> None:
    assert drawn([0.1] * 10, 0, "p") in range(10)
    assert drawn([1e-300, 0.0], 0, "p") == 0
