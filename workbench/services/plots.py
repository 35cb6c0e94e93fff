"""The plots of a replay as files: Vega-Lite drawn without a browser (vl-convert, extra `plots`), PNG, SVG or HTML.

They read the document of `services/replay_report.py`, so that a picture says what the page says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.palette import distinct_colors

Spec = dict[str, Any]
FORMATS = ("png", "svg", "html")
SOFT, LINE, TEXT = "#5a6472", "#dfe3e8", "#171b22"
WIDTH, HEIGHT = 720, 400
CONFIG = {
    "background": "#ffffff",
    "font": "Source Sans 3, Source Sans Pro, system-ui, sans-serif",
    "axis": {"labelColor": SOFT, "titleColor": SOFT, "titleFontWeight": "normal", "gridColor": LINE, "domain": False},
    "view": {"stroke": None},
    "title": {"anchor": "start", "color": TEXT, "subtitleColor": SOFT},
    "legend": {"labelColor": TEXT, "titleColor": SOFT, "titleFontWeight": "normal"},
}
COST = {"field": "cost", "type": "quantitative", "scale": {"type": "log"}, "title": "cost, $ per 1,000 prompts (log)"}
QUALITY = {"field": "quality", "type": "quantitative", "scale": {"zero": False}, "title": "quality, 0 to 1"}


def save(document: Mapping[str, Any], folder: Path, formats: Iterable[str]) -> list[Path]:
    """Draw every plot that the document has data for. Returns the files. Raises BadInput."""
    wanted = list(formats)
    if unknown := [f for f in wanted if f not in FORMATS]:
        raise BadInput(f"no plot format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(spec, folder / f"{name}.{f}", f) for name, spec in plots(document).items() for f in wanted]
    except OSError as error:
        raise BadInput(f"plots cannot be written to {folder}: {error.strerror or error}") from None


def _write(spec: Spec, path: Path, form: str) -> Path:
    path.write_bytes(picture(spec, form))
    return path


def picture(spec: Spec, form: str) -> bytes:
    """One plot as a file's bytes. Raises BadInput for a form that is none of FORMATS, and without vl-convert."""
    try:
        import vl_convert
    except ImportError:
        raise BadInput(
            "plots need vl-convert: install the extra `plots` (pip install routing-workbench[plots])"
        ) from None
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=2))
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    if form == "html":
        return str(vl_convert.vegalite_to_html(spec, bundle=True)).encode()
    raise BadInput(f"no plot format {form}; there are {', '.join(FORMATS)}")


def plots(document: Mapping[str, Any]) -> dict[str, Spec]:
    """Vega-Lite specifications by name; only those there is data for."""
    drawn = {
        "frontier": frontier(document),
        "mix": mix(document),
        "calibration": calibration(document),
        "winrate": winrate(document),
        "latency": latency(document),
    }
    return {name: spec for name, spec in drawn.items() if spec}


def frontier(document: Mapping[str, Any]) -> Spec:
    """Cost against quality: every strategy's curve with its interval, single models, reference lines."""
    curves = [_point(c, p) for c in document["curves"] for p in c["points"]]
    models = [
        {"name": m["id"], "cost": m["cost"]["value"], "quality": m["quality"]["value"]} for m in document["models"]
    ]
    lines = [
        {"name": line["name"], "cost": cost, "quality": quality, "order": i}
        for line in document["lines"]
        if line["kind"] == "curve"
        for i, (cost, quality) in enumerate(zip(line["cost"], line["quality"], strict=True))
    ]
    color = _colors(document)
    by_value = {"field": "order", "type": "quantitative"}
    area: Spec = {
        "data": {"values": curves},
        "mark": {"type": "area", "opacity": 0.15},
        "encoding": {
            "x": COST,
            "y": QUALITY | {"field": "low"},
            "y2": {"field": "high"},
            "color": color | {"legend": None},
        },
    }
    curve: Spec = {
        "data": {"values": curves},
        "mark": {"type": "line", "point": {"size": 14}, "strokeWidth": 2, "tooltip": {"content": "data"}},
        "encoding": {"x": COST, "y": QUALITY, "color": color, "order": by_value},
    }
    reference: Spec = {
        "data": {"values": lines},
        "mark": {"type": "line", "color": SOFT, "strokeDash": [5, 4], "tooltip": {"content": "data"}},
        "encoding": {"x": COST, "y": QUALITY, "detail": {"field": "name"}, "order": by_value},
    }
    point: Spec = {
        "data": {"values": models},
        "mark": {"type": "point", "filled": True, "color": SOFT, "size": 50, "tooltip": {"content": "data"}},
        "encoding": {"x": COST, "y": QUALITY},
    }
    label: Spec = {
        "data": {"values": models},
        "mark": {"type": "text", "align": "left", "dx": 7, "dy": 11, "fontSize": 11, "color": SOFT},
        "encoding": {"x": COST, "y": QUALITY, "text": {"field": "name"}},
    }
    named = _reference_names(lines)
    data = document["data"]
    subtitle = f"{data['prompts']:,} prompts; bands: 95 % intervals by prompt; dashed: zero router and oracle"
    return _chart(f"{data['name']}: cost and quality", subtitle, [area, reference, curve, point, label, named])


def _reference_names(lines: list[Spec]) -> Spec:
    last = {line["name"]: line for line in lines}
    return {
        "data": {"values": list(last.values())},
        "mark": {"type": "text", "align": "right", "dy": -8, "fontSize": 11, "color": SOFT, "fontStyle": "italic"},
        "encoding": {"x": COST, "y": QUALITY, "text": {"field": "name"}},
    }


def _point(curve: Mapping[str, Any], point: Mapping[str, Any]) -> Spec:
    quality = point["quality"]
    return {
        "strategy": curve["label"],
        "cost": point["cost"]["value"],
        "quality": quality["value"],
        "low": quality["low"],
        "high": quality["high"],
        "order": point["cost"]["value"],
    }


def mix(document: Mapping[str, Any]) -> Spec | None:
    """Which models answered, by category, at each strategy's best point."""
    rows = [
        {"strategy": c["label"], "category": category, "model": model, "share": share}
        for c in document["curves"]
        for category, shares in (c.get("mix_by_category") or {}).items()
        for model, share in shares.items()
    ]
    if not rows:
        return None
    encoding = {
        "y": {"field": "category", "type": "nominal", "title": None},
        "x": {"field": "share", "type": "quantitative", "axis": {"format": "%"}, "title": "share of prompts"},
        "color": {"field": "model", "type": "nominal", "scale": {"scheme": "tableau10"}},
        "row": {"field": "strategy", "type": "nominal", "title": None},
    }
    spec = {"data": {"values": rows}, "mark": {"type": "bar", "tooltip": {"content": "data"}}, "encoding": encoding}
    return _top("Route mix by category", "at each strategy's best quality") | spec


def calibration(document: Mapping[str, Any]) -> Spec | None:
    """Predicted against realised quality, in bins of equal count."""
    rows = [{"strategy": c["label"], **b} for c in document["curves"] for b in c.get("calibration") or ()]
    if not rows:
        return None
    x = {"field": "predicted", "type": "quantitative", "title": "predicted quality"}
    y = {"field": "realised", "type": "quantitative", "title": "realised quality"}
    color = _colors(document)
    diagonal: Spec = {
        "data": {"values": [{"predicted": 0, "realised": 0}, {"predicted": 1, "realised": 1}]},
        "mark": {"type": "line", "color": SOFT, "strokeDash": [5, 4]},
        "encoding": {"x": x, "y": y},
    }
    bars: Spec = {
        "data": {"values": rows},
        "mark": "rule",
        "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": color},
    }
    points: Spec = {
        "data": {"values": rows},
        "mark": {"type": "line", "point": True, "tooltip": {"content": "data"}},
        "encoding": {"x": x, "y": y, "color": color},
    }
    return _chart(
        "Calibration of predicted quality", "bins of equal count; bars: 95 % intervals", [diagonal, bars, points]
    )


def winrate(document: Mapping[str, Any]) -> Spec | None:
    """How often the row's strategy did better than the column's on the same prompt; ties count half."""
    found = document.get("winrate")
    if not found or len(found["labels"]) < 2:
        return None
    labels = found["labels"]
    rows = [
        {"row": labels[i], "column": labels[j], "share": share}
        for i, shares in enumerate(found["share"])
        for j, share in enumerate(shares)
        if i != j
    ]
    x, y = (
        {"field": f, "type": "nominal", "sort": labels, "title": t} for f, t in (("column", "against"), ("row", None))
    )
    fill = {
        "field": "share",
        "type": "quantitative",
        "scale": {"scheme": "blueorange", "domainMid": 0.5, "reverse": True},
    }
    text = {"field": "share", "type": "quantitative", "format": ".1%"}
    cells: Spec = {"mark": "rect", "encoding": {"x": x, "y": y, "color": fill | {"legend": None}}}
    words: Spec = {"mark": {"type": "text", "color": TEXT}, "encoding": {"x": x, "y": y, "text": text}}
    return _chart("Win rate by prompt", "ties count half", [cells, words]) | {"data": {"values": rows}}


def latency(document: Mapping[str, Any]) -> Spec | None:
    """Distribution of total latency at each strategy's best point."""
    rows = [
        {"strategy": c["label"], "latency": low, "to": high, "share": count / max(1, sum(c["latency"]["counts"]))}
        for c in document["curves"]
        if c.get("latency")
        for low, high, count in zip(
            c["latency"]["edges"], c["latency"]["edges"][1:], c["latency"]["counts"], strict=False
        )
    ]
    if not rows:
        return None
    x = {"field": "latency", "type": "quantitative", "scale": {"type": "log"}, "title": "total latency, s (log)"}
    y = {"field": "share", "type": "quantitative", "axis": {"format": "%"}, "title": "share of prompts"}
    steps: Spec = {
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after", "tooltip": {"content": "data"}},
        "encoding": {"x": x, "y": y, "color": _colors(document)},
    }
    return _chart("Latency", "at each strategy's best quality", [steps])


def _colors(document: Mapping[str, Any]) -> Spec:
    """Each strategy its own colour, the same as on the pages."""
    labels = [c["label"] for c in document["curves"]]
    shades = [light for light, _ in distinct_colors([c["strategy"] for c in document["curves"]])]
    return {"field": "strategy", "type": "nominal", "scale": {"domain": labels, "range": shades}, "title": None}


def _chart(title: str, subtitle: str, layers: list[Spec]) -> Spec:
    return _top(title, subtitle) | {"width": WIDTH, "height": HEIGHT, "layer": layers}


def _top(title: str, subtitle: str) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": CONFIG,
        "title": {"text": title, "subtitle": subtitle},
    }
