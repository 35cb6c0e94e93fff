"""A judge that is not there: says what a function of the call says, and keeps the calls."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from workbench.events import Delta
from workbench.services.judge import Judge
from workbench.services.rubric import rubric
from workbench.types import Call, Model, Reply, Usage

MODEL = Model("referee", 1.0, 2.0, capabilities=frozenset({"json"}))
FINE = {"reason": "fine", "accuracy": 5, "helpfulness": 4, "safety": 5}


class Told:
    """A provider. `says` gives the text, or a value to write as JSON."""

    def __init__(self, says: Callable[[Call], Any]) -> None:
        self.calls, self._says = list[Call](), says

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.calls.append(call)
        said = self._says(call)
        text = said if isinstance(said, str) else json.dumps(said)
        yield Delta(text)
        yield Reply(text, Usage(100, 10), 0.001, 0.1, 0.1)


def judge(says: Callable[[Call], Any], model: Model = MODEL, **options: Any) -> tuple[Judge, Told]:
    provider = Told(says)
    return Judge(model, rubric("answers"), provider, **options), provider


def better(text: str) -> Callable[[Call], dict[str, str]]:
    """Prefers the answer that holds this text, wherever it stands."""

    def says(call: Call) -> dict[str, str]:
        first, _, second = call.messages[1].text.partition("<second answer")
        side = "first" if text in first else "second" if text in second else "tie"
        return {"reason": "it holds it", "winner": side}

    return says
