"""A plan as a model writes it, as JSON or one step a line, and the steps that can be read out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

NODES = {
    "reasoning": "reasoning",
    "reason": "reasoning",
    "think": "reasoning",
    "code": "code",
    "python": "code",
    "program": "code",
    "summarise": "summarise",
    "summarize": "summarise",
    "summary": "summarise",
    "calculator": "tool",
    "calculate": "tool",
    "search": "tool",
    "answer": "answer",
}
"""Kind of step, as models write it -> what does it."""
TOOLS = {"calculator": "calculator", "calculate": "calculator", "search": "search"}
LINE = re.compile(
    rf"^[ \t>#*\-•\d.)(\[]{{0,20}}(?:step[ \t]{{0,3}}\d{{0,3}}\W{{0,4}})?(?:(?:kind|tool)\W{{1,4}})?"
    rf"\b({'|'.join(NODES)})\b[\]*_` ]{{0,6}}[:\-–—][ \t*]{{0,8}}(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
LONGEST, SAID = 500, 240
"""Characters of a step's task; that a model is held to, where it can be: four such steps fit in a step's reply."""


@dataclass(frozen=True, slots=True)
class Step:
    node: str
    """reasoning, code, summarise or tool."""
    task: str
    tool: str = ""
    """calculator or search, where the node is tool."""

    @property
    def kind(self) -> str:
        return self.tool or self.node


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    note: str = ""
    """What had to be made of it; empty where it was taken as written."""


def read(text: str, task: str, most: int) -> Plan:
    """The plan's steps up to its answer. One that cannot be read becomes a single reasoning step about the task."""
    found = _listed(text)
    if found is None:
        found = list(_lines(text)) or None
    if found is None:
        return Plan((Step("reasoning", task[:LONGEST]),), "the plan cannot be read, so it is one reasoning step")
    steps = []
    for step in found:
        if step.node == "answer":
            break
        steps.append(step)
    if not steps:
        return Plan((), "the plan is to answer at once")
    steps = list(_joined(steps))
    over = len(steps) - most
    return Plan(
        tuple(steps[:most]), f"{over} of {len(steps)} steps are over the limit and left out" if over > 0 else ""
    )


def _joined(steps: Sequence[Step]) -> Iterator[Step]:
    """Programs in a row as one: each would have to work out anew what the one before it did."""
    for node, row in groupby(steps, key=lambda step: step.node):
        if node == "code":
            yield Step(node, "; ".join(step.task for step in row)[:LONGEST])
        else:
            yield from row


def form(kinds: Sequence[str], most: int, bounded: bool) -> dict[str, Any]:
    """Request fields that hold a model to a plan in JSON; `bounded` to its lengths too, which not every provider's grammar knows."""
    task: dict[str, Any] = {"type": "string"} | ({"maxLength": SAID} if bounded else {})
    steps: dict[str, Any] = {"type": "array", "items": _object(kind={"type": "string", "enum": list(kinds)}, task=task)}
    named = {"name": "plan", "schema": _object(steps=steps | ({"maxItems": most} if bounded else {})), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _lines(text: str) -> Iterator[Step]:
    return (_step(kind, task) for kind, task in LINE.findall(text))


def _listed(text: str) -> list[Step] | None:
    """Steps of a JSON list of objects with a kind and a task; None where there is no such list."""
    try:
        items = json.loads(text[text.index("[") : text.rindex("]") + 1])
        return [_step(str(item["kind"]), str(item["task"])) for item in items]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _step(kind: str, task: str) -> Step:
    name = kind.strip().lower()
    return Step(NODES[name], task.strip()[:LONGEST], TOOLS.get(name, ""))
