"""The sentence under a battle, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.pool import MODELS
from workbench.events import Run
from workbench.services.battle_verdict import AGREED, SKIPPED, verdict
from workbench.services.comparison import Cell, Column, Turn, Vote, VoteState
from workbench.services.specs import build, registry
from workbench.types import Answer, Prompt, Reply, Usage

Columns = Mapping[str, tuple[str, Mapping[str, Any], float | None]]


def turn(choice: str, columns: Columns) -> Turn:
    """`columns`: strategy, parameters, and what its answer cost (None: it failed), by letter."""
    made = Turn("b", 0, "hi", vote=Vote("cast", choice=choice))
    for letter, (name, params, usd) in columns.items():
        spec, strategy = build(registry(), name, params, pool=MODELS)
        reply = Reply(letter, Usage(), usd or 0.0, 1.0, 0.5)
        run = Run(answer=None if usd is None else Answer(reply, "small"), cost_usd=usd or 0.0, finished=True)
        made.cells[letter] = Cell(Column(letter, spec, strategy), letter, Prompt("b", (), MODELS), run=run)
    return made


TWO: dict[str, tuple[str, Mapping[str, Any], float | None]] = {
    "A": ("cheapest", {}, 0.001),
    "B": ("complexity", {}, 0.004),
}


@pytest.mark.parametrize(
    ("choice", "columns", "sentence"),
    [
        ("A", TWO, "You chose cheapest. It cost 4.0 times less than complexity."),
        ("B", TWO, "You chose complexity. It cost 4.0 times more than cheapest."),
        ("tie", TWO, "You called it a tie."),
        ("both_bad", TWO, "You called both bad."),
        ("all_bad", TWO, "You called all of them bad."),
        ("A", TWO | {"B": ("complexity", {}, 0.0123)}, "You chose cheapest. It cost 12 times less than complexity."),
        ("A", TWO | {"B": ("complexity", {}, 0.001)}, "You chose cheapest."),
        ("A", TWO | {"B": ("complexity", {}, 0.00104)}, "You chose cheapest."),
        ("A", TWO | {"B": ("complexity", {}, 0.0)}, "You chose cheapest."),
        ("A", TWO | {"B": ("complexity", {}, None)}, "You chose cheapest."),
        ("A", TWO | {"C": ("random", {}, 0.002)}, "You chose cheapest. It cost 4.0 times less than complexity."),
        (
            "B",
            {"A": ("fixed", {"model": "big"}, 0.01), "B": ("fixed", {"model": "small"}, 0.005)},
            "You chose fixed (B). It cost 2.0 times less than fixed (A).",
        ),
    ],
)
def test_what_was_chosen_and_what_it_cost_against_the_dearest_other(
    choice: str, columns: Columns, sentence: str
) -> None:
    assert verdict(turn(choice, columns), {}) == sentence


def test_what_others_said_is_told_from_the_second_vote_on() -> None:
    made = turn("A", TWO | {"B": ("complexity", {}, 0.001)})
    a, b = (cell.column.spec.key for cell in made.cells.values())
    assert verdict(made, {a: 1}) == "You chose cheapest."
    told = verdict(made, {a: 2, b: 5, "tie": 1, "bad": 1})
    assert (
        told == "You chose cheapest. 9 votes on these strategies so far: complexity 5, cheapest 2, ties 1, all bad 1."
    )


def test_twins_are_counted_once() -> None:
    made = turn("tie", {"A": ("random", {}, 0.1), "B": ("random", {}, 0.1)})
    key = made.cells["A"].column.spec.key
    assert (
        verdict(made, {key: 3, "tie": 1})
        == "You called it a tie. 4 votes on these strategies so far: random 3, ties 1."
    )


def test_without_a_vote_there_is_a_reason_or_nothing() -> None:
    made = turn("", TWO)
    said: dict[VoteState, str] = {"agreement": AGREED, "skipped": SKIPPED, "asked": "", "none": ""}
    for state, sentence in said.items():
        made.vote = replace(made.vote, state=state)
        assert verdict(made, {}) == sentence
