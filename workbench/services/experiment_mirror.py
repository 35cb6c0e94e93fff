"""From an experiment's document to what is mirrored of it: one run, its curves, tables, data set and outcomes.

Pure: no store, no clock, no service. The body is that of a comparison's parcel (mirror.py) with artifacts beside it. What
grows is sent as it grew: steps above the last one sent, summary and tables whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
AXIS = "observations"
TABLE_ROWS = 10_000
"""W&B shows no more rows of one table."""
OUTCOMES = (
    "case", "unit", "category", "strategy", "model", "propensity", "quality", "why", "cost_usd", "latency_s", "error",
    "run_id", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """What earlier parcels of this experiment held."""

    answered: int = 0
    """Cases."""
    n: int = 0
    """Observations of its curves."""
    steps: int = 0

    def mark(self, experiment: str) -> str:
        """As the ledger keeps it."""
        return f"{experiment}:{self.answered}:{self.n}:{self.steps}"

    @classmethod
    def latest(cls, marks: Sequence[str]) -> Sent:
        """How far the last of these parcels went."""
        return max((cls(*map(int, mark.split(":")[1:])) for mark in marks), key=lambda s: s.answered, default=cls())


def body(made: Row, seen: Sequence[Row], specs: Sequence[Row], sent: Sent) -> dict[str, Any]:
    """The next parcel. `made` is the experiment's document, `seen` its observations, `specs` those of its strategies in order."""
    names = keys(made)
    steps = [{"row": row, "tables": {}} for row in _curve(made, names, sent.n)]
    steps = steps or [{"row": {AXIS: made["answered"]}, "tables": {}}]
    steps[-1]["tables"] = _tables(made)
    return {
        "id": made["id"],
        "name": made["name"],
        "notes": made["note"],
        "tags": [made["kind"]],
        "group": "",
        "resumed": sent.answered > 0,
        "first_step": sent.steps,
        "config": _config(made, specs, names),
        "plots": {AXIS: sorted(name for row in _curve(made, names, 0)[:1] for name in row if name != AXIS)},
        "steps": steps,
        "summary": _summary(made, names),
        "artifacts": _artifacts(made, seen),
    }


def after(made: Row, sent: Sent, parcel: Row) -> Sent:
    """What has gone once this parcel has."""
    last = max([sent.n, *(one["n"] for one in made["comparisons"])])
    return Sent(made["answered"], last, sent.steps + len(parcel["steps"]))


def keys(made: Row) -> list[str]:
    """What each strategy is called in plots: its name, numbered from the second of that name on. Parameters stand in the config."""
    names = [one["strategy"] for one in made["strategies"]]
    return [
        name if not names[:i].count(name) else f"{name}-{names[:i].count(name) + 1}" for i, name in enumerate(names)
    ]


def _curve(made: Row, names: Sequence[str], above: int) -> list[dict[str, Any]]:
    """Difference and interval of every comparison over the number of observations."""
    rows: dict[int, dict[str, Any]] = {}
    for one in made["comparisons"]:
        name = f"{names[one['arm']]} - {names[0]}"
        for look in one["path"]:
            if look["n"] > above:
                row = rows.setdefault(look["n"], {AXIS: look["n"]})
                row |= {f"difference/{name}": look["value"], f"low/{name}": look["low"], f"high/{name}": look["high"]}
    return [rows[n] for n in sorted(rows)]


def _config(made: Row, specs: Sequence[Row], names: Sequence[str]) -> dict[str, Any]:
    about = (
        "id",
        "kind",
        "note",
        "seed",
        "suite",
        "suite_key",
        "assign",
        "clustered",
        "params",
        "alpha",
        "workbench",
        "cases",
    )
    strategies = {
        name: {k: spec[k] for k in ("key", "strategy", "params", "pool", "prices")} | {"share": one["share"]}
        for name, spec, one in zip(names, specs, made["strategies"], strict=True)
    }
    limits = {f"{one['watches']}": one["limit"] for one in made["guards"]}
    return {"experiment": {k: made[k] for k in about}, "strategies": strategies, "stop_rules": limits}


def _summary(made: Row, names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"answered": made["answered"], "disagreements": made["disagreements"]["count"]}
    found["stopped"] = "; ".join(made["called"])
    for name, one in zip(names, made["strategies"], strict=True):
        for figure in ("quality", "failed", "cost", "latency_s"):
            found |= _spread(f"{name}/{figure}", one[figure])
        found |= {f"{name}/runs": one["n"], f"{name}/cost_is_nominal": one["nominal"]}
    for one in made["comparisons"]:
        name = f"{names[one['arm']]} - {names[0]}"
        found |= _spread(f"difference/{name}", one["difference"])
        found |= {f"e_value/{name}": one["e_value"], f"shown/{name}": one["shown"]}
    return {key: value for key, value in found.items() if value is not None}


def _spread(name: str, estimate: Mapping[str, float] | None) -> dict[str, float]:
    if estimate is None:
        return {}
    return {name: estimate["value"], f"{name}_low": estimate["low"], f"{name}_high": estimate["high"]}


def _tables(made: Row) -> dict[str, Any]:
    """What people look through: cases that were answered differently, and what-ifs."""
    differ = [
        [
            row["case"],
            row["category"],
            row["prompt"],
            a["strategy"],
            a["model"],
            a["quality"],
            a["text"],
            a["error"],
            a["run"],
        ]
        for row in made["disagreements"]["rows"]
        for a in row["answers"]
    ]
    what_if = [
        [
            one["question"],
            one["from"],
            one["n"],
            one["effective"],
            *(_value(one[e]) for e in ESTIMATORS),
            one["refusal"] or one["warning"],
        ]
        for one in made["off_policy"]
    ]
    tables = {
        "disagreements": (
            ("case", "category", "prompt", "strategy", "model", "quality", "text", "error", "run_id"),
            differ,
        ),
        "what_if": (("question", "from", "rounds", "effective", *ESTIMATORS, "said"), what_if),
    }
    return {
        name: {"columns": list(columns), "data": rows[:TABLE_ROWS]} for name, (columns, rows) in tables.items() if rows
    }


ESTIMATORS = ("ips", "snips", "doubly_robust")


def _value(estimate: Mapping[str, float] | None) -> float | None:
    return estimate["value"] if estimate else None


def _artifacts(made: Row, seen: Sequence[Row]) -> list[dict[str, Any]]:
    """The cases that were asked, and what came of each: JSON lines, as whoever wants to analyse it anew needs them."""
    labels = [one["label"] for one in made["strategies"]]
    cases = {
        row["case_id"]: {"case": row["case_id"], "category": row["category"], "prompt": row["prompt"]} for row in seen
    }
    outcomes = [
        {
            **{name: row.get(name) for name in OUTCOMES},
            "case": row["case_id"],
            "strategy": labels[row["arm"]],
        }
        for row in seen
    ]
    about = {
        "suite": made["suite"],
        "suite_key": made["suite_key"],
        "seed": made["seed"],
        "workbench": made["workbench"],
    }
    name = made["id"][:12]
    return [
        _artifact(f"cases-{name}", "dataset", "cases.jsonl", list(cases.values()), about),
        _artifact(f"outcomes-{name}", "outcomes", "outcomes.jsonl", outcomes, about),
    ]


def _artifact(name: str, kind: str, file: str, rows: Sequence[Row], about: Row) -> dict[str, Any]:
    text = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    return {"name": name, "type": kind, "file": file, "text": text, "metadata": {**about, "rows": len(rows)}}
