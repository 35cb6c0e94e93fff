"""Pictures of a replay. That they look well is for eyes; that they are drawn, with their words, is told here."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.judging import cascade, judged, outcomes, router
from workbench.errors import BadInput
from workbench.services import plots
from workbench.services.replay_report import document

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    data = outcomes()
    return document(judged(router(data, SHARES, "knn"), cascade(data), data=data))


def test_every_plot_is_saved_in_every_format(found: dict[str, Any], tmp_path: Path) -> None:
    files = plots.save(found, tmp_path / "new" / "plots", ["png", "svg", "html"])
    names = ("frontier", "mix", "calibration", "winrate", "latency")
    assert sorted(file.name for file in files) == sorted(f"{n}.{f}" for n in names for f in ("png", "svg", "html"))
    for file in files:
        start = file.read_bytes()[:400]
        assert {".png": b"PNG", ".svg": b"<svg", ".html": b"<html"}[file.suffix] in start


def test_words_are_drawn_into_pictures_on_white(found: dict[str, Any]) -> None:
    """A family of letters that is not installed would leave them out without a word."""
    from PIL import Image

    picture = Image.open(io.BytesIO(plots.picture(plots.plots(found)["frontier"], "png"))).convert("RGB")
    assert picture.getpixel((2, 2)) == (255, 255, 255)
    title = picture.crop((0, 0, picture.width // 2, 70))
    assert sum(pixel < 90 for pixel in title.convert("L").tobytes()) > 300


def test_an_svg_names_strategies_models_and_reference_lines(found: dict[str, Any]) -> None:
    drawn = plots.picture(plots.plots(found)["frontier"], "svg").decode()
    for name in (
        "knn",
        "twice",
        "small, cheapest",
        "big, best single",
        "round-robin",
        "random",
        "oracle",
        "zero router",
    ):
        assert name in drawn, name


def test_html_needs_no_network(found: dict[str, Any]) -> None:
    drawn = plots.picture(plots.plots(found)["winrate"], "html").decode()
    assert "<script src=" not in drawn


def test_names_are_text_and_never_markup() -> None:
    data = outcomes()
    hostile = '<img src=x onerror="alert(1)">'
    found = document(judged(router(data, SHARES, hostile), data=data))
    assert "<img" not in plots.picture(plots.plots(found)["frontier"], "svg").decode()


def test_only_what_there_is_data_for_is_drawn() -> None:
    data = outcomes()
    found = document(judged(cascade(data), data=data))
    assert set(plots.plots(found)) == {"frontier", "mix", "latency"}


def test_of_many_categories_the_largest_are_drawn(found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "CATEGORIES", 2)
    spec = plots.mix(found)
    assert spec is not None
    assert len({row["category"] for row in spec["data"]["values"]}) == 2
    assert "2 of 4 categories" in spec["title"]["subtitle"]


def test_a_strategy_has_the_colour_it_has_everywhere(found: dict[str, Any]) -> None:
    from workbench.palette import strategy_color

    colors = plots._colors(found)["scale"]
    assert dict(zip(colors["domain"], colors["range"], strict=True))["knn"] == strategy_color("knn")[0]


def test_what_cannot_be_drawn_or_written_is_told(found: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no plot format gif; there are png, svg, html"):
        plots.save(found, tmp_path, ["gif"])
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadInput, match="plots cannot be written to"):
        plots.save(found, tmp_path / "file", ["svg"])


def test_without_vl_convert_it_says_what_to_install(found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(BadInput, match=r"pip install 'routing-workbench\[plots\]'"):
        plots.picture(plots.plots(found)["frontier"], "svg")
