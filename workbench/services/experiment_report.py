"""What an experiment shows, from what the store holds of it and nothing else: the same rows make the same bytes.

Only cases up to the first gap count, in the order that the seed chose (guards.Whole). Costs are USD per 1,000 prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics import betting
from workbench.metrics.estimate import Estimate
from workbench.metrics.proportion import Z95
from workbench.store import observations as kept
from workbench.store.observations import KIND
from workbench.store.runs import Reads, specs_of

from . import voted
from .comparisons import Setup, compared, units
from .counterfactual import answers
from .experiment_text import sentences
from .guards import Guards, Whole

PER = 1000
"""Prompts that a cost is shown for."""
SHOWN = 50
"""Cases listed on which strategies differ."""
WORDS = 300
"""Characters of a prompt or an answer in that list."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    """An experiment as the store holds it."""

    experiment: Row
    specs: Sequence[Row]
    """In the order of its strategies."""
    seen: Sequence[Row]


async def load(store: Reads, name: str) -> Material:
    """An experiment by its name or id. Raises BadInput, which names those there are."""
    found = await kept.named(store, name)
    if found is None or found["kind"] != KIND:
        known = ", ".join(row["name"] for row in (await kept.listed(store))[:20])
        raise BadInput(
            f"no experiment named {name!r}; there {'are ' + known if known else 'is none yet'}: `workbench experiment run NAME "
            "STRATEGY STRATEGY --suite SUITE` makes one"
        )
    return Material(found, await specs_of(store, found["specs"]), await kept.seen(store, found["id"]))


async def report(store: Reads, name: str) -> dict[str, Any]:
    """The document of an experiment, or of a comparison's votes. Raises BadInput for a name that is neither's."""
    found = await kept.named(store, name)
    if found is not None and found["kind"] != KIND:
        return await voted.report(store, found)
    return document(await load(store, name))


def document(material: Material) -> dict[str, Any]:
    """Everything that a page, a table or a mirror needs to show it, as plain JSON values."""
    e, settings = material.experiment, material.experiment["settings"]
    whole = Whole.of(material.seen)
    setup = _setup(settings, whole)
    comparisons = compared(setup, whole.rows)
    guards = _guards(settings, whole)
    made = {
        **_about(e, material.specs),
        "cases": settings["cases"],
        "answered": whole.cases,
        "beyond": whole.beyond,
        "observation": setup.observation,
        "strategies": [_arm(setup, material.specs[arm], whole.rows, arm) for arm in range(len(setup.labels))],
        "comparisons": comparisons,
        "correction": correction(len(comparisons), setup.alpha),
        "guards": guards.as_json(),
        "called": guards.called,
        "off_policy": answers(setup, whole.rows, [spec["pool"] for spec in material.specs]),
        "disagreements": _disagreements(setup, whole.rows),
    }
    return {"sentence": sentences(made), **made}


def _about(e: Row, specs: Sequence[Row]) -> dict[str, Any]:
    settings = e["settings"]
    names = ("suite", "suite_key", "assign", "clustered", "params", "alpha", "workbench")
    return {
        "id": e["id"],
        "name": e["name"],
        "kind": e["kind"],
        "note": e["note"],
        "seed": e["seed"],
        "created_at": e["created_at"],
        **{name: settings[name] for name in names},
        "learned": settings.get("learned") or [""] * len(specs),  # experiments of the first versions do not say
        "specs": [spec["key"] for spec in specs],
    }


def _setup(settings: Row, whole: Whole) -> Setup:
    fields = {name: settings[name] for name in ("labels", "shares", "assign", "clustered", "alpha")}
    return Setup(**fields, complete=whole.cases == settings["cases"])


def _guards(settings: Row, whole: Whole) -> Guards:
    guards = Guards(settings["guards"], settings["alpha"], settings["labels"])
    cases: dict[int, list[Row]] = {}
    for row in whole.rows:
        cases.setdefault(row["n"], []).append(row)
    for n, rows in cases.items():
        guards.add(n, rows)
    return guards


def correction(comparisons: int, alpha: float) -> str:
    """What is claimed of several comparisons together."""
    if comparisons < 2:
        return f"One comparison, at a level of {alpha:g}."
    return (
        f"{comparisons} comparisons: intervals hold all together with {1 - alpha:.0%} (each at {alpha / comparisons:.3g}, "
        f"Bonferroni); what is shown is shown by Holm over anytime p-values, at most {alpha:.0%} chance of any false claim; "
        f"e-BH keeps the expected share of false ones at {alpha:.0%}."
    )


def _arm(setup: Setup, spec: Row, rows: Sequence[Row], arm: int) -> dict[str, Any]:
    """One strategy by itself: what it reached, cost, took, and failed."""
    own = [row for row in rows if row["arm"] == arm]
    counted = [{**row, "failed": float(bool(row["error"]))} for row in rows]
    by_unit, failed = (_of(arm, units(setup, counted, figure)) for figure in ("quality", "failed"))
    seen = {name: np.array([row[name] for row in own], dtype=float) for name in ("cost_usd", "latency_s")}
    return {
        "label": setup.labels[arm],
        "strategy": spec["strategy"],
        "params": spec["params"],
        "spec_key": spec["key"],
        "share": setup.shares[arm],
        "n": len(own),
        "quality": betting.share(by_unit).as_json(),
        "cost": _once(PER * seen["cost_usd"]),
        "latency_s": _once(seen["latency_s"]),
        "failed": betting.share(failed).as_json(),
        "nominal": any(row["nominal"] for row in own),
        "models": _mix(own),
    }


def _of(arm: int, seen: Sequence[Mapping[int, float]]) -> NDArray[np.float64]:
    return np.array([means[arm] for means in seen if arm in means], dtype=float)


def _once(values: NDArray[np.float64]) -> dict[str, float] | None:
    """A mean with the usual 95 % interval: costs and times have no bound to bet against, so this one is for one look."""
    if len(values) < 2:
        return None
    mean, half = float(values.mean()), Z95 * float(values.std(ddof=1)) / sqrt(len(values))
    return Estimate(mean, max(0.0, mean - half), mean + half).as_json()


def _mix(rows: Sequence[Row]) -> dict[str, float]:
    """Share of runs that each model answered."""
    names = sorted({row["model"] for row in rows})
    return {name or "none": sum(row["model"] == name for row in rows) / len(rows) for name in names}


def _disagreements(setup: Setup, rows: Sequence[Row]) -> dict[str, Any]:
    """Cases that one strategy answered better than another; only where all answered the same ones."""
    if setup.assign != "paired":
        return {"count": 0, "rows": []}
    cases: dict[int, list[Row]] = {}
    for row in rows:
        cases.setdefault(row["n"], []).append(row)
    differ = [own for own in cases.values() if len({row["quality"] for row in own}) > 1]
    return {"count": len(differ), "rows": [_disagreement(setup, own) for own in differ[:SHOWN]]}


def _disagreement(setup: Setup, rows: Sequence[Row]) -> dict[str, Any]:
    first = rows[0]
    return {
        "case": first["case_id"],
        "category": first["category"],
        "prompt": first["prompt"][:WORDS],
        "answers": [
            {
                "strategy": setup.labels[row["arm"]],
                "model": row["model"],
                "quality": row["quality"],
                "text": row["text"][:WORDS],
                "error": row["error"],
                "run": row["run_id"],
            }
            for row in rows
        ],
    }
