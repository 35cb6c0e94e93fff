"""The tables of a replay, cell by cell as text: what the terminal and the README show. Each is at most 112 characters wide.

Intervals are 95 % by prompt. Names that come from outside are cut, never wrapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any

Row = dict[str, str]
Figure = Mapping[str, float | None]
NAME = 24
"""Longest name that is shown whole."""
SHOWN = 11
"""Most settings of a strategy that are listed."""


def standing(document: Mapping[str, Any]) -> list[Row]:
    """Every strategy at its best point, then the reference lines in brackets."""
    return [*map(_standing, document["curves"]), *map(_line, document["lines"])]


def gains(document: Mapping[str, Any]) -> list[Row]:
    """What routing adds, and how near it comes to the best choice for every prompt."""
    return [_gains(curve) for curve in document["curves"]]


def two_models(document: Mapping[str, Any]) -> list[Row]:
    """Figures that only a pool of two models has."""
    return [_two_models(curve) for curve in document["curves"] if curve["apgr"]]


def effort(document: Mapping[str, Any]) -> list[Row]:
    """What a strategy takes to decide and to answer, and how it bears other words."""
    return [_effort(curve) for curve in document["curves"]]


def cascades(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    """For each strategy that makes several calls, some of its settings: saving beside loss."""
    for curve in document["curves"]:
        if rows := curve["cascade"]:
            step = max(1, -(-(len(rows) - 1) // (SHOWN - 1)))
            yield curve["label"], [_setting(curve, row) for row in rows[::step]]


def notes(document: Mapping[str, Any]) -> list[str]:
    """What the figures were measured on, what was left out, and what to beware of."""
    data = document["data"]
    judged = (
        f"{data['folds']} folds by prompt"
        if data["folds"]
        else f"the data's own split, {data['train']:,} to learn from"
    )
    nominal = "; costs are nominal" if data["nominal"] else ""
    said = [f"{data['name']}: {data['prompts']:,} prompts, {len(data['models'])} models, {judged}{nominal}."]
    if data["marked"]:
        said.append(f"{data['marked']:,} prompts left out: the data marks them as contaminated.")
    if data["skipped"]:
        said.append(f"{data['skipped']:,} prompts left out: not recorded by all.")
    seen = data["contaminated"]
    if seen and seen["contaminated"]:
        said.append(
            f"{seen['contaminated']:,} of {seen['judged']:,} prompts have a near twin (cosine {seen['threshold']:g} or more) among "
            "those learned from in their fold: strategies that learn may do worse on new ones."
        )
    return said


def markdown(rows: Sequence[Row]) -> str:
    """Rows of equal keys as a Markdown table."""
    if not rows:
        return ""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    """Names come from outside: no column, tag, link or image of their own."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("](", "]\\(")


def _standing(curve: Mapping[str, Any]) -> Row:
    return {
        "strategy": named(curve["label"]),
        "quality": span(curve["best_quality"]),
        "$ / 1k": usd(curve["best_cost"]),
        "AIQ": span(curve["aiq"]),
        "arena score": span(curve["arena"]),
    }


def _line(line: Mapping[str, Any]) -> Row:
    if line["kind"] == "curve":
        name = f"({line['name']} curve)"
        aiq = "" if line["aiq"] is None else number(line["aiq"])
        return {"strategy": name, "quality": "", "$ / 1k": "", "AIQ": aiq, "arena score": ""}
    quality = {"value": line["quality"][0], "low": line["low"][0], "high": line["high"][0]}
    cost = {"value": line["cost"][0], "low": line["cost_low"][0], "high": line["cost_high"][0]}
    cells = {"quality": span(quality), "$ / 1k": usd(cost), "AIQ": "", "arena score": span(line["arena"])}
    return {"strategy": f"({line['name']})", **cells}


def _gains(curve: Mapping[str, Any]) -> Row:
    gain, saved = curve["aiq_gain"], curve["saved_at_best_single"]
    return {
        "strategy": named(curve["label"]),
        "over mixing": span(gain or curve["above_zero_router"], sign=True),
        "saved, % of best single": "not reached" if saved is None else span(_times(100, saved), 0),
        "gained for its money": span(curve["gained_at_same_cost"], sign=True) or "dearer",
        "regret": span(curve["regret"]),
    }


def _two_models(curve: Mapping[str, Any]) -> Row:
    cpt = {f"CPT{t}": span(figure) or "not reached" for t, figure in curve["cpt"].items()}
    return {"strategy": named(curve["label"]), "APGR": span(curve["apgr"]), **cpt}


def _effort(curve: Mapping[str, Any]) -> Row:
    point, latency = curve["points"][curve["best"]], curve["latency"]
    took = latency and latency["mean"]
    return {
        "strategy": named(curve["label"]),
        "decision us": "" if curve["decision_us"] is None else f"{curve['decision_us']:.3g}",
        "calls": f"{point['calls']:.2f}",
        "failed": f"{100 * point['failed']:.1f} %",
        "latency s": span(took, 2) if took else "",
        "optimal choice": span(curve["optimal_selection"]),
        "stays reworded": span(curve["robustness"], 2),
    }


def _setting(curve: Mapping[str, Any], row: Mapping[str, Any]) -> Row:
    swept = curve["sweep"]
    setting = {swept["param"]: f"{row['value']:.3g}"} if swept and row["value"] is not None else {"setting": "as given"}
    return setting | {
        "calls": span(row["calls"], 2),
        "escalated %": span(_times(100, row["escalated"]), 0),
        "$ / 1k": usd(row["cost"]),
        "saved %": span(_times(100, row["saved"]), 0),
        "quality lost": span(row["lost"], sign=True),
    }


def named(label: str) -> str:
    return label if len(label) <= NAME else label[: NAME - 1] + "…"


def span(figure: Figure | None, digits: int = 3, sign: bool = False) -> str:
    """`.857 [.845, .869]`; an end that is not reached is written `?`."""
    if figure is None:
        return ""
    value, low, high = (_end(figure[name], digits, sign) for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def usd(figure: Figure) -> str:
    """Three digits of the value, its interval to the same place."""
    value = figure["value"] or 0.0
    digits = min(6, max(2, 2 - floor(log10(value)))) if value > 0 else 2
    return "{} [{}, {}]".format(*(f"{figure[name] or 0.0:.{digits}f}" for name in ("value", "low", "high")))


def number(value: float, digits: int = 3, sign: bool = False) -> str:
    """Without the zero before the point, as tables of shares are written."""
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def _end(value: float | None, digits: int, sign: bool) -> str:
    return "?" if value is None else number(value, digits, sign)


def _times(factor: float, figure: Figure) -> Figure:
    return {name: None if value is None else factor * value for name, value in figure.items()}
