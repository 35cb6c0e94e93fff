"""Spend logs of the LiteLLM proxy (its table LiteLLM_SpendLogs, litellm/proxy/schema.prisma of 1.106), as JSON lines or CSV.

Prompts are there where the proxy has `store_prompts_in_spend_logs`: in `messages`, or in `proxy_server_request` of later versions;
rows without them are skipped. Answers from the proxy's cache are skipped too: their cost and time are not the model's. Nobody
graded these answers: quality stays empty; a request that failed has quality 0 and its error.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ._chat import failure, mapping, outcome
from ._clean import number
from ._importer import Importer
from ._place import Place, Row
from .arena import parsed


class LiteLLMLogs(Importer):
    needs = ("request_id", "model", "spend", "startTime", "endTime")

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        if number(row.get("cache_hit")) == 1:
            yield "answered from the proxy's cache"
            return
        error = _error(row)
        made = outcome(_messages(row), mapping(parsed(row.get("response"))), row["model"], error)
        if isinstance(made, str):
            yield made
            return
        yield made | {
            "model": row["model"],
            "cost_usd": row["spend"] or 0.0,
            "cost_basis": "recorded",
            "prompt_tokens": row.get("prompt_tokens"),
            "completion_tokens": row.get("completion_tokens"),
            "latency_ms": _between(row["startTime"], row["endTime"]),
            "ttft_ms": None if error else _between(row["startTime"], row.get("completionStartTime")),
        }


def _messages(row: Row) -> Any:
    """What was asked, where the proxy kept it."""
    return parsed(row.get("messages")) or mapping(parsed(row.get("proxy_server_request"))).get("messages")


def _error(row: Row) -> str | None:
    about = mapping(parsed(row.get("metadata")))
    if "failure" not in (str(row.get("status")).lower(), str(about.get("status")).lower()):
        return None
    told = mapping(about.get("error_information"))
    code = number(told.get("error_code"))
    return failure(None if code is None else int(code), told.get("error_message") or "the proxy logged a failure")


def _between(start: Any, end: Any) -> float | None:
    """Milliseconds between two times, as ISO text, as times of Parquet, or in seconds."""
    times = (_seconds(start), _seconds(end))
    return None if times[0] is None or times[1] is None else 1e3 * (times[1] - times[0])


def _seconds(moment: Any) -> float | None:
    """Since 1970; a time without a zone is taken as UTC, which is how the proxy writes it."""
    try:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except ValueError:
        found = moment
    if not isinstance(found, datetime):
        return number(found)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
