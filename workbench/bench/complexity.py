"""How often `complexity` says of our own labelled prompts what their authors said: accuracy and confusion matrix."""

from __future__ import annotations

import json
from typing import Any

from workbench.errors import BadInput
from workbench.registry import Registry
from workbench.settings import shipped
from workbench.strategy import Router, Strategy
from workbench.types import Model, Prompt, user

LABELS = ("simple", "moderate", "complex")
PARTS = ("train", "test")
POOL = (Model("small", 0.1, 0.2), Model("middle", 0.5, 1.0), Model("large", 3.0, 9.0))


def measure() -> dict[str, Any]:
    """By part. Rows of the matrix are what people said, columns what the rules said."""
    router = Registry("strategies", Strategy).build("complexity")
    assert isinstance(router, Router)
    return {part: _judged(router, labelled(part)) for part in PARTS}


def labelled(part: str) -> list[dict[str, str]]:
    """The prompts of one part: id, label, kind, text. Raises BadInput for a label that is none."""
    lines = shipped(f"complexity/{part}.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, str]] = [json.loads(line) for line in lines]
    for row in rows:
        if row["label"] not in LABELS:
            raise BadInput(f"{row['id']}: no label {row['label']!r}; there are {', '.join(LABELS)}")
    return rows


def _judged(router: Router, rows: list[dict[str, str]]) -> dict[str, Any]:
    matrix = {label: dict.fromkeys(LABELS, 0) for label in LABELS}
    for row in rows:
        said = router.decide(Prompt(row["id"], (user(row["text"]),), POOL)).label
        matrix[row["label"]][said] += 1
    right = sum(matrix[label][label] for label in LABELS)
    return {"prompts": len(rows), "accuracy": right / len(rows), "matrix": matrix}
