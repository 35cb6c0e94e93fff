"""The colours of strategies: the same on every page, plot and exported picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Color = tuple[str, str]
"""Hex for the light and for the dark theme."""

PALETTE: tuple[Color, ...] = (
    ("#2f6bd0", "#7aa7f5"),  # blue
    ("#c97018", "#e5994c"),  # orange
    ("#23866a", "#5dc8a4"),  # green
    ("#aa478e", "#dd89c6"),  # magenta
    ("#452ca1", "#8877ee"),  # violet
    ("#735b00", "#ebde7c"),  # olive, yellow
    ("#1690b5", "#86eafb"),  # cyan
    ("#7a3b22", "#b47f5f"),  # brown
)
"""Any two stay apart for the colour-blind too (17 CIELAB units); a name or letter stands beside each all the same."""

OWN = ("complexity", "cascade", "cheapest", "fallback", "fixed", "random", "round_robin", "knn")
"""Strategies whose colour is fixed: place here is place in the palette."""


def strategy_color(name: str) -> Color:
    """A strategy's colour, the same on every page and plot: from the table, else by a hash of the name."""
    return PALETTE[_place(name)]


def distinct_colors(names: Sequence[str]) -> list[Color]:
    """One colour a column, in order; a second column that would take the same one gets the next that is free."""
    taken: list[int] = []
    for name in names:
        place = _place(name)
        while place in taken and len(taken) < len(PALETTE):
            place = (place + 1) % len(PALETTE)
        taken.append(place)
    return [PALETTE[place] for place in taken]


def _place(name: str) -> int:
    if name in OWN:
        return OWN.index(name)
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=2).digest()[0] % len(PALETTE)
