"""How well `semantic` tells intents apart, and prompts of none, on our own labelled prompts; `python -m` fits its thresholds.

The thresholds are fitted on the dev part alone; the test part is only measured on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.decisions import OTHER
from workbench.embed import shared
from workbench.errors import BadInput
from workbench.metrics.proportion import wilson
from workbench.registry import Registry
from workbench.settings import shipped
from workbench.strategy import Router, Strategy
from workbench.types import Decision, Model, Prompt, user

PARTS = ("dev", "test")
POOL = (Model("small", 0.1, 0.2), Model("middle", 0.5, 1.0), Model("large", 3.0, 9.0))
GRID = np.round(np.arange(0.05, 0.8, 0.005), 3)
"""Thresholds that are tried."""
LIKE = "like "
"""What features begin with that say how alike a prompt is to an intent."""


@dataclass(frozen=True)
class Judged:
    """What the router said of one part's prompts, and what their author did."""

    names: tuple[str, ...]
    likeness: NDArray[np.float64]
    """(n, m)."""
    label: NDArray[np.intp]
    """(n,), columns of `names`."""
    said: NDArray[np.intp]
    """(n,), after the thresholds."""

    @property
    def best(self) -> NDArray[np.intp]:
        """(n,): the most alike intent, whatever its threshold."""
        return np.asarray(self.likeness.argmax(axis=1))

    @property
    def other(self) -> int:
        return self.names.index(OTHER)


def measure() -> dict[str, Any]:
    """By part: accuracy on prompts of an intent (refused ones count as wrong), and how prompts of none are found."""
    return {part: _figures(judged(part)) for part in PARTS}


def labelled(part: str) -> list[dict[str, str]]:
    """The prompts of one part: id, intent, text."""
    lines = shipped(f"intents/{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def judged(part: str) -> Judged:
    """Raises BadInput for a label that is no intent."""
    router = Registry("strategies", Strategy).build("semantic")
    assert isinstance(router, Router)
    rows = labelled(part)
    decisions = router.decide_all([Prompt(row["id"], (user(row["text"]),), POOL) for row in rows])
    found = [_likeness(decision) for decision in decisions]
    names = tuple(found[0])
    if unknown := {row["intent"] for row in rows} - set(names):
        raise BadInput(f"{part}.jsonl: no intent {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    at = {name: i for i, name in enumerate(names)}
    likeness = np.array([list(values.values()) for values in found])
    label = np.array([at[row["intent"]] for row in rows])
    return Judged(names, likeness, label, np.array([at[decision.label] for decision in decisions]))


def _likeness(decision: Decision) -> dict[str, float]:
    return {k.removeprefix(LIKE): float(v) for k, v in decision.features.items() if k.startswith(LIKE)}


def _figures(seen: Judged) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    other, refused = seen.label == seen.other, seen.said == seen.other
    right, ours = int((seen.said == seen.label)[~other].sum()), int((~other).sum())
    low, high = wilson(right, ours)
    margin = seen.likeness[:, seen.other] - np.delete(seen.likeness, seen.other, axis=1).max(axis=1)
    caught = int((refused & other).sum())
    return {
        "prompts": len(other),
        "of_an_intent": ours,
        "accuracy": right / ours,
        "accuracy_low": low,
        "accuracy_high": high,
        "other_precision": caught / max(1, int(refused.sum())),
        "other_recall": caught / max(1, int(other.sum())),
        "other_auroc": float(roc_auc_score(other, margin)),
        "matrix": _matrix(seen),
    }


def _matrix(seen: Judged) -> dict[str, dict[str, int]]:
    """Rows are what people said, columns what the router did."""
    columns = list(enumerate(seen.names))
    return {
        name: {other: int(((seen.label == i) & (seen.said == j)).sum()) for j, other in columns} for i, name in columns
    }


def fit(seen: Judged) -> dict[str, float]:
    """A threshold for each intent but `other`: the one with the fewest errors among the prompts that are most like it.

    An error is a prompt of the intent that is refused or any other that is taken. As an intent has few such prompts, its
    own share of errors and that of all intents weigh the same; of equals the lowest is taken.
    """
    kept = seen.best != seen.other
    high = seen.likeness.max(axis=1)
    wrong = (high[:, None] >= GRID) != (seen.best == seen.label)[:, None]
    everyone = wrong[kept].mean(axis=0)
    return {
        name: float(GRID[(everyone + wrong[seen.best == i].mean(axis=0)).argmin()])
        for i, name in enumerate(seen.names)
        if i != seen.other
    }


def refit() -> None:
    """Thresholds of the dev part for the embedder in use, in place of the shipped ones."""
    path = shipped("intents/thresholds.json")
    made = json.loads(path.read_text(encoding="utf-8")) | {"embedder": shared().name}
    path.write_text(
        json.dumps(made), encoding="utf-8"
    )  # else those of another embedder are refused; likeness needs none
    made["thresholds"] = fit(judged("dev"))
    path.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    refit()
