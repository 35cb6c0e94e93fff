"""Rows for tests: valid, small, with what a test cares about laid over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.events import Attempt, Run
from workbench.store import Row
from workbench.types import Answer, Call, Decision, Model, Prompt, Reply, Spec, Usage, user

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SPEC = Spec("fixed", {"model": "small"}, ("small",), {"small": (0.1, 0.2)})


def vote(id: str, **changes: Any) -> Row:
    row = {
        "id": id,
        "battle_id": "b",
        "comparison_id": "c",
        "experiment_id": "e",
        "kind": "vote",
        "choice": "A",
        "winners": ["r1"],
        "losers": ["r2"],
        "tags": [],
        "blind": True,
        "created_at": NOW,
    }
    return "votes", {**row, **changes}


def prompt(text: str = "hello", category: str = "") -> Prompt:
    models = (Model("small", 0.1, 0.2, nominal=True), Model("large", 1, 2))
    return Prompt("p", (user(text),), models, {"category": category} if category else {})


def run(text: str = "hi", model: str = "small", asked: Prompt | None = None, **changes: Any) -> Run:
    asked = asked or prompt()
    reply = Reply(text, Usage(3, 5), 0.01, 1.5, 0.25, -0.5, "stop")
    made = Run(
        attempts=[Attempt(0, Call(model, asked.messages, {"temperature": 0}), 0.5, 2.0, text, reply, cost_usd=0.01)],
        decisions=[Decision(model, "it is small", {"small": 0.9, "large": 0.1}, 0.75, "simple", {"words": 1.0})],
        answer=Answer(reply, model),
        cost_usd=0.01,
        latency_s=2.0,
        finished=True,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)
