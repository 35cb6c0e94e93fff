"""Options read what they promise and refuse the rest with a reason."""

import argparse

import pytest

from workbench.cli.verb import count, day, names, number, pair


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a=1", ("a", "1")), ("weights=a=1,b=2", ("weights", "a=1,b=2")), ("a=", ("a", "")), ("i={}", ("i", {}))],
)
def test_pair_splits_at_the_first_equals_sign(text: str, expected: tuple[str, object]) -> None:
    assert pair(text) == expected


@pytest.mark.parametrize("text", ["", "a", "=1", "inner={strategy"])
def test_pair_refuses_what_is_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"name=value|not JSON"):
        pair(text)


@pytest.mark.parametrize("text", ["-0.1", "2.1", "nan", "inf"])
def test_number_keeps_to_its_limits(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be from 0 to 2"):
        number(0, 2)(text)


def test_count_keeps_to_its_limits() -> None:
    assert count(1, 9)("9") == 9
    with pytest.raises(argparse.ArgumentTypeError, match="must be from 1 to 9, not 10"):
        count(1, 9)("10")


def test_names_drop_blanks() -> None:
    assert names(" a, b,,c ") == ["a", "b", "c"]


def test_a_day_is_a_date_and_anything_else_is_told_what_one_looks_like() -> None:
    assert day("2026-11-30").isoformat() == "2026-11-30"
    for text in ("yesterday", "2026-13-01", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="a day such as"):
            day(text)
