"""The plots of a replay as files: Vega-Lite drawn without a browser (vl-convert, extra `plots`), PNG, SVG or HTML.

They read the document of `services/replay_report.py`, so that a picture says what the page says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.palette import distinct_colors

Spec = dict[str, Any]
MISSING = "plots need vl-convert: pip install 'routing-workbench[plots]'"
FORMATS = ("png", "svg", "html")
SOFT, LINE, TEXT = "#5a6472", "#dfe3e8", "#171b22"
WIDTH, HEIGHT = 720, 400
CATEGORIES = 24
"""Most categories in one picture: the largest."""
ABOVE, BELOW = ("oracle", "per-category oracle", "random"), ("round-robin",)
"""Reference points whose names stand beside them, so that near ones do not cover each other."""
ROLES = ("cheapest", "best single")
"""Reference points that are single models."""
CONFIG = {
    "background": "#ffffff",
    "padding": 16,
    "font": "sans-serif",  # no text at all is drawn in a family that is not installed, whatever stands after it
    "axis": {"labelColor": SOFT, "titleColor": SOFT, "titleFontWeight": "normal", "gridColor": LINE, "domain": False},
    "view": {"stroke": None},
    "title": {"anchor": "start", "color": TEXT, "subtitleColor": SOFT, "fontSize": 15, "offset": 14},
    "legend": {
        "symbolOpacity": 1,
        "labelColor": TEXT,
        "titleColor": SOFT,
        "titleFontWeight": "normal",
        "labelLimit": 320,
    },
    "header": {"labelColor": TEXT, "labelFontWeight": "bold"},
}
COST = {
    "field": "cost",
    "type": "quantitative",
    "scale": {"type": "log", "nice": False, "padding": 24},
    "axis": {"format": "$~g", "tickCount": 6},
    "title": "cost per 1,000 prompts (log)",
}
QUALITY = {
    "field": "quality",
    "type": "quantitative",
    "scale": {"zero": False, "padding": 12},
    "title": "quality, 0 to 1",
}


def drawable(formats: Iterable[str]) -> list[str]:
    """The formats, known to be ones that can be drawn here. Raises BadInput."""
    wanted = list(formats)
    if unknown := [f for f in wanted if f not in FORMATS]:
        raise BadInput(f"no plot format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    if find_spec("vl_convert") is None:
        raise BadInput(MISSING)
    return wanted


def save(document: Mapping[str, Any], folder: Path, formats: Iterable[str]) -> list[Path]:
    """Draw every plot that the document has data for. Returns the files. Raises BadInput."""
    wanted = drawable(formats)
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
        raise BadInput(MISSING) from None
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
    """Cost against quality: every strategy's curve with its interval, single models, all reference lines."""
    found = [_point(c, p) for c in document["curves"] for p in c["points"]]
    alone = {c["label"] for c in document["curves"] if len(c["points"]) == 1}
    curves, points = ([p for p in found if (p["strategy"] in alone) is one] for one in (False, True))
    data = document["data"]
    subtitle = f"{data['prompts']:,} prompts; bands and bars: 95 % intervals by prompt; dashed: zero router and oracle"
    layers = [*_reference(document), *_curves(curves, points, _colors(document)), *_singles(document)]
    return _chart(f"{data['name']}: cost and quality", subtitle, layers)


def _curves(curves: list[Spec], points: list[Spec], color: Spec) -> list[Spec]:
    """Strategies: those that were swept as lines with bands, the others as points with bars."""
    low, high = QUALITY | {"field": "low"}, {"field": "high"}
    order = {"field": "cost", "type": "quantitative"}
    layers = []
    if curves:
        data, told = {"values": curves}, {"content": "data"}
        line = {"type": "line", "strokeWidth": 2, "point": {"size": 16}, "tooltip": told}
        layers += [
            _layer(data, {"type": "area", "opacity": 0.15}, x=COST, y=low, y2=high, color=color),
            _layer(data, line, x=COST, y=QUALITY, color=color, order=order),
        ]
    if points:
        data, told = {"values": points}, {"content": "data"}
        mark = {"type": "point", "filled": True, "shape": "diamond", "size": 90, "opacity": 1, "tooltip": told}
        layers += [
            _layer(data, {"type": "rule", "strokeWidth": 2}, x=COST, y=low, y2=high, color=color),
            _layer(data, mark, x=COST, y=QUALITY, color=color),
        ]
    return layers


def _reference(document: Mapping[str, Any]) -> list[Spec]:
    """What needs no router and what no router can pass."""
    lines = [
        {"name": line["name"], "cost": cost, "quality": quality, "order": i, "kind": line["kind"]}
        for line in document["lines"]
        for i, (cost, quality) in enumerate(zip(line["cost"], line["quality"], strict=True))
    ]
    curves, points = ([x for x in lines if x["kind"] == kind] for kind in ("curve", "point"))
    above, below = ([x for x in points if x["name"] in names] for names in (ABOVE, BELOW))
    dashed = {"type": "line", "color": SOFT, "strokeDash": [5, 4], "tooltip": {"content": "data"}}
    cross = {"type": "point", "shape": "cross", "color": SOFT, "size": 50, "tooltip": {"content": "data"}}
    words = {"type": "text", "align": "right", "fontSize": 11, "color": SOFT, "fontStyle": "italic", "dx": -8}
    order = {"field": "order", "type": "quantitative"}
    name = {"field": "name"}
    return [
        _layer({"values": curves}, dashed, x=COST, y=QUALITY, detail=name, order=order),
        _layer({"values": points}, cross, x=COST, y=QUALITY),
        _layer({"values": above}, words | {"dy": -7}, x=COST, y=QUALITY, text=name),
        _layer({"values": below}, words | {"dy": 9}, x=COST, y=QUALITY, text=name),
        _layer({"values": _halfway(curves)}, words | {"align": "left", "dx": 8, "dy": 9}, x=COST, y=QUALITY, text=name),
    ]


def _halfway(curves: list[Spec]) -> list[Spec]:
    """Where the zero router's name stands: at the middle of its costs, as they are drawn."""
    drawn = [c for c in curves if c["name"] == "zero router"]
    return drawn[len(drawn) // 2 : len(drawn) // 2 + 1]


def _singles(document: Mapping[str, Any]) -> list[Spec]:
    """Single models, named; those that are a reference line say so."""
    roles = {line["cost"][0]: line["name"] for line in document["lines"] if line["name"] in ROLES}
    models = [
        {
            "name": ", ".join([m["id"].rpartition("/")[2], *[r for c, r in roles.items() if c == m["cost"]["value"]]]),
            "cost": m["cost"]["value"],
            "quality": m["quality"]["value"],
        }
        for m in document["models"]
    ]
    dot = {"type": "point", "filled": True, "color": SOFT, "size": 50, "tooltip": {"content": "data"}}
    words = {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": SOFT}
    ranked = sorted(models, key=lambda m: float(m["quality"]))
    name = {"field": "name"}
    return [
        _layer({"values": models}, dot, x=COST, y=QUALITY),
        _layer({"values": ranked[1::2]}, words | {"dy": 11}, x=COST, y=QUALITY, text=name),
        _layer({"values": ranked[::2]}, words | {"dy": -9}, x=COST, y=QUALITY, text=name),
    ]


def _layer(data: Spec, mark: Spec, **encoding: Spec) -> Spec:
    return {"data": data, "mark": mark, "encoding": encoding}


def _point(curve: Mapping[str, Any], point: Mapping[str, Any]) -> Spec:
    quality = point["quality"]
    return {
        "strategy": curve["label"],
        "cost": point["cost"]["value"],
        "quality": quality["value"],
        "low": quality["low"],
        "high": quality["high"],
    }


def mix(document: Mapping[str, Any]) -> Spec | None:
    """Which models answered, by category, at each strategy's best point; the largest categories where there are many."""
    sizes = document["data"]["categories"]
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:CATEGORIES]
    rows = [
        {"strategy": c["label"], "category": category, "model": model, "share": share}
        for c in document["curves"]
        for category, shares in c["mix_by_category"].items()
        if category in largest
        for model, share in shares.items()
    ]
    models = [m for m in [*document["data"]["models"], "no single model"] if any(r["model"] == m for r in rows)]
    scheme = "tableau10" if len(models) <= 10 else "tableau20"
    encoding = {
        "y": {"field": "category", "type": "nominal", "title": None, "axis": {"labelLimit": 220, "ticks": False}},
        "x": {"field": "share", "type": "quantitative", "axis": {"format": "%", "tickCount": 3}, "title": None},
        "color": {
            "field": "model",
            "type": "nominal",
            "sort": models,
            "scale": {"scheme": scheme, "domain": models},
            "legend": {"orient": "bottom", "columns": 3, "title": None},
        },
        "order": {"field": "place", "type": "quantitative"},
    }
    placed = [row | {"place": models.index(row["model"])} for row in rows]
    unit = {"mark": {"type": "bar", "tooltip": {"content": "data"}}, "encoding": encoding, "width": 190}
    facet = {"field": "strategy", "type": "nominal", "title": None, "sort": [c["label"] for c in document["curves"]]}
    few = f", {CATEGORIES} of {len(sizes)} categories" if len(sizes) > CATEGORIES else ""
    spec = {"data": {"values": placed}, "facet": facet, "columns": 4, "spec": unit}
    return _top("Route mix by category", f"share of prompts at each strategy's best quality{few}") | spec


def calibration(document: Mapping[str, Any]) -> Spec | None:
    """Predicted against realised quality, in bins of equal count."""
    rows = [{"strategy": c["label"], **b} for c in document["curves"] for b in c.get("calibration") or ()]
    if not rows:
        return None
    x = {"field": "predicted", "type": "quantitative", "title": "predicted quality", "axis": {"tickCount": 10}}
    y = {"field": "realised", "type": "quantitative", "title": "realised quality"}
    color = _colors(document, {row["strategy"] for row in rows})
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
        {"field": f, "type": "nominal", "sort": labels, "title": t, "axis": {"labelAngle": 0}}
        for f, t in (("column", "against"), ("row", None))
    )
    fill = {
        "field": "share",
        "type": "quantitative",
        "scale": {"scheme": "blueorange", "domain": [0, 1], "domainMid": 0.5, "reverse": True},
    }
    text = {"field": "share", "type": "quantitative", "format": ".1%"}
    cells: Spec = {"mark": "rect", "encoding": {"x": x, "y": y, "color": fill | {"legend": None}}}
    words: Spec = {"mark": {"type": "text", "color": TEXT}, "encoding": {"x": x, "y": y, "text": text}}
    size = {"width": max(280, 110 * len(labels)), "height": 48 * len(labels)}
    subtitle = "how often the row does better than the column on the same prompt; ties count half"
    return _chart("Win rate by prompt", subtitle, [cells, words]) | size | {"data": {"values": rows}}


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
    x = {
        "field": "latency",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False},
        "title": "total latency, s (log)",
    }
    y = {"field": "share", "type": "quantitative", "axis": {"format": "%"}, "title": "share of prompts"}
    steps: Spec = {
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after", "tooltip": {"content": "data"}},
        "encoding": {"x": x, "y": y, "color": _colors(document)},
    }
    return _chart("Latency", "at each strategy's best quality", [steps])


def _colors(document: Mapping[str, Any], shown: Collection[str] = ()) -> Spec:
    """Each strategy its own colour, the same as on the pages; the legend names those shown, else all."""
    shades = [light for light, _ in distinct_colors([c["strategy"] for c in document["curves"]])]
    pairs = zip([c["label"] for c in document["curves"]], shades, strict=True)
    kept = [(label, shade) for label, shade in pairs if not shown or label in shown]
    scale = {"domain": [label for label, _ in kept], "range": [shade for _, shade in kept]}
    legend = {
        "orient": "top",
        "title": None,
        "columns": 4,
        "symbolType": "square",
        "symbolOpacity": 1,
        "symbolStrokeWidth": 3,
    }
    return {"field": "strategy", "type": "nominal", "scale": scale, "legend": legend, "title": None}


def _chart(title: str, subtitle: str, layers: list[Spec]) -> Spec:
    return _top(title, subtitle) | {"width": WIDTH, "height": HEIGHT, "layer": layers}


def _top(title: str, subtitle: str) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": CONFIG,
        "title": {"text": title, "subtitle": subtitle},
    }
