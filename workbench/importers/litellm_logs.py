"""Spend logs of the LiteLLM proxy, JSON lines or CSV: model, messages, response, spend, times and token counts of each request.

Messages and responses are only there where the proxy was told to store prompts; rows without them are skipped. Nobody graded
these answers: quality stays empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ._chat import mapping, outcome
from ._importer import Importer
from ._place import Place, Row


class LiteLLMLogs(Importer):
    needs = ("request_id", "model")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        request = {"messages": _parsed(row.get("messages")) or [], "model": row["model"]}
        failed = str(row.get("status", "")).lower() == "failure"
        made = outcome(str(row["request_id"]), request, mapping(_parsed(row.get("response"))), None)
        yield made | {
            "model": row["model"],
            "cost_usd": row.get("spend") or 0.0,
            "cost_basis": "recorded",
            "prompt_tokens": row.get("prompt_tokens"),
            "completion_tokens": row.get("completion_tokens"),
            "latency_ms": _between(row.get("startTime"), row.get("endTime")),
            "quality": 0.0 if failed else None,
            "error": "server: the proxy logged a failure" if failed else None,
        }


def _parsed(value: Any) -> Any:
    """JSON that may come as text; None where it is neither."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _between(start: Any, end: Any) -> float | None:
    """Milliseconds between two times, as ISO text or seconds."""
    try:
        times = [
            datetime.fromisoformat(str(t).replace("Z", "+00:00")).timestamp() if isinstance(t, str) else float(t)
            for t in (start, end)
        ]
    except (TypeError, ValueError):
        return None
    return 1e3 * (times[1] - times[0])
