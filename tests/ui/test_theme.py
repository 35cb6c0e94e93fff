import math
from itertools import combinations
from pathlib import Path

import pytest

from workbench import palette
from workbench.ui import assets, theme

TOKENS = (assets.FOLDER / "styles" / "tokens.css").read_text()


def channels(color: str) -> list[float]:
    values = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


SIGHT = {  # linear RGB as seen with each kind of colour vision (Machado, Oliveira and Fernandes, 2009)
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
}


def lab(color: str, sight: str) -> tuple[float, float, float]:
    """CIELAB (D65) of a colour as that sight sees it."""
    seen = [min(1.0, max(0.0, sum(m * c for m, c in zip(row, channels(color), strict=True)))) for row in SIGHT[sight]]
    to_xyz = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8730))
    ratios = [sum(w * c for w, c in zip(row, seen, strict=True)) for row in to_xyz]
    x, y, z = (r ** (1 / 3) if r > 0.008856 else 7.787 * r + 16 / 116 for r in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(color: str) -> float:
    r, g, b = channels(color)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def token(name: str, dark: bool) -> str:
    block = TOKENS.split(".dark {", 1)[1] if dark else TOKENS.split(":root {", 1)[1]
    found = block.split(f"--w-{name}: ", 1)[1].split(";", 1)[0]
    return f"#{''.join(c * 2 for c in found[1:])}" if len(found) == 4 else found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("text", ["text", "soft", "accent", "bad", "good"])
@pytest.mark.parametrize("ground", ["bg", "surface", "sunken"])
def test_text_contrast_is_aa_on_every_surface(text: str, ground: str, dark: bool) -> None:
    assert contrast(token(text, dark), token(ground, dark)) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_outlines_of_controls_stand_out_three_to_one(dark: bool) -> None:
    assert contrast(token("edge", dark), token("surface", dark)) >= 3


@pytest.mark.parametrize(("light", "dark"), palette.PALETTE)
def test_a_strategys_colour_stands_out_three_to_one_in_both_themes(light: str, dark: str) -> None:
    assert contrast(light, token("surface", False)) >= 3
    assert contrast(dark, token("surface", True)) >= 3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("dark", [False, True])
def test_colours_of_two_strategies_stay_apart_for_the_colour_blind(sight: str, dark: bool) -> None:
    seen = [lab(pair[dark], sight) for pair in palette.PALETTE]
    assert min(math.dist(a, b) for a, b in combinations(seen, 2)) > 15


def test_typefaces_are_small_and_carry_their_licences() -> None:
    files = list((assets.FOLDER / "fonts").iterdir())
    assert sum(f.stat().st_size for f in files) < 200_000
    assert len([f for f in files if f.name.endswith("LICENSE.txt")]) == 2


def test_the_page_head_names_only_our_own_files() -> None:
    assert "://" not in theme.head()
    for href in assets.styles():
        assert (assets.FOLDER / Path(href).relative_to(assets.PREFIX)).is_file()
