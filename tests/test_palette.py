"""That colours can be told apart and read is tested with the theme they stand on: tests/ui/test_theme.py."""

from __future__ import annotations

from itertools import combinations

from workbench import palette


def test_a_strategys_colour_never_changes() -> None:
    assert palette.strategy_color("complexity") == palette.PALETTE[0]
    assert palette.strategy_color("my_own") == palette.strategy_color("my_own")


def test_shipped_strategies_have_colours_of_their_own() -> None:
    assert len({palette.strategy_color(name) for name in palette.OWN}) == len(palette.OWN)


def test_columns_of_one_strategy_still_differ_in_colour() -> None:
    colors = palette.distinct_colors(["cascade", "cascade", "cheapest", "cascade"])
    assert colors[0] == palette.strategy_color("cascade")
    assert all(a != b for a, b in combinations(colors, 2))


def test_names_that_were_never_seen_have_a_colour_too() -> None:
    assert palette.strategy_color("\ud83e half a parrot") in palette.PALETTE


def test_more_columns_than_colours_begin_anew() -> None:
    colors = palette.distinct_colors(["mine"] * (len(palette.PALETTE) + 1))
    assert set(colors) == set(palette.PALETTE)
