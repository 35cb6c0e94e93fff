from __future__ import annotations

from typing import Any

import pytest

from tests.judging import cascade, judged, outcomes, router
from workbench.services import tables
from workbench.services.replay_report import document

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDEST = 112


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    data = outcomes()
    long = "a-strategy-with-a-name-that-nobody-would-type-twice"
    return document(judged(router(data, SHARES), cascade(data), router(data, (0.5,), long), data=data))


def width(rows: list[tables.Row]) -> int:
    columns = [[name, *(row[name] for row in rows)] for name in rows[0]]
    return sum(max(map(len, column)) + 2 for column in columns) - 2


def test_strategies_come_first_and_then_every_reference_line(found: dict[str, Any]) -> None:
    names = [row["strategy"] for row in tables.standing(found)]
    assert names[:2] == ["mine", "twice"]
    assert names[2].endswith("…")
    lines = ("cheapest", "best single", "round-robin", "random", "per-category oracle", "oracle")
    assert names[3:] == [
        *(f"({name})" for name in lines[:4]),
        "(zero router curve)",
        *(f"({name})" for name in lines[4:]),
        "(oracle curve)",
    ]


def test_every_table_fits_a_terminal(found: dict[str, Any]) -> None:
    several = [rows for _, rows in tables.cascades(found)]
    for rows in (tables.standing(found), tables.gains(found), tables.two_models(found), tables.effort(found), *several):
        assert width(rows) <= WIDEST, rows[0]


def test_rows_of_a_table_have_the_same_columns(found: dict[str, Any]) -> None:
    for rows in (tables.standing(found), tables.gains(found), tables.effort(found)):
        assert len({tuple(row) for row in rows}) == 1


def test_a_strategy_of_one_setting_is_held_against_mixing_at_its_point(found: dict[str, Any]) -> None:
    rows = {row["strategy"]: row for row in tables.gains(found)}
    assert rows["twice"]["over mixing"].startswith("+.")
    assert rows["mine"]["saved, % of best single"] != "not reached"


def test_only_a_strategy_of_several_calls_has_a_cascade_table(found: dict[str, Any]) -> None:
    ((label, rows),) = tables.cascades(found)
    assert label == "twice"
    assert rows[0]["setting"] == "as given"
    assert rows[0]["quality lost"].startswith("-.")  # it does better than the big model alone


def test_notes_say_what_was_judged_left_out_and_seen_before(found: dict[str, Any]) -> None:
    seen = {"contaminated": 12, "judged": 200, "threshold": 0.95, "pairs": [], "equal": 3}
    data = found["data"] | {"marked": 5, "skipped": 7, "contaminated": seen, "nominal": True}
    said = tables.notes({**found, "data": data})
    assert said[0] == "made: 200 prompts, 2 models, 5 folds by prompt; costs are nominal."
    assert said[1].startswith("5 prompts left out: the data marks")
    assert said[2].startswith("7 prompts left out: not recorded")
    assert said[3].startswith("12 of 200 prompts have a near twin (cosine 0.95")
    assert len(tables.notes(found)) == 1


def test_markdown_holds_what_the_terminal_shows_and_names_cannot_break_it() -> None:
    text = tables.markdown([{"strategy": "a|b", "quality": ".5"}, {"strategy": "c", "quality": ""}])
    assert text.splitlines() == ["| strategy | quality |", "| --- | --- |", "| a\\|b | .5 |", "| c |  |"]
    assert tables.markdown([]) == ""


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ({"value": 0.8571, "low": 0.845, "high": 1.0}, ".857 [.845, 1.000]"),
        ({"value": -0.02, "low": -0.5, "high": 0.0}, "-.020 [-.500, .000]"),
        ({"value": 0.5, "low": None, "high": None}, ".500 [?, ?]"),
        (None, ""),
    ],
)
def test_a_share_is_written_without_its_zero(figure: tables.Figure | None, text: str) -> None:
    assert tables.span(figure) == text


@pytest.mark.parametrize(
    ("value", "text"), [(3.668, "3.67"), (0.01404, "0.0140"), (123.4, "123.40"), (0.0, "0.00"), (1e-9, "0.000000")]
)
def test_money_has_three_digits(value: float, text: str) -> None:
    assert tables.usd({"value": value, "low": value, "high": value}) == f"{text} [{text}, {text}]"
