"""Chat requests with their responses, JSON lines: OpenAI's batch output beside its input, or plain {request, response} logs.

A batch output FILE.jsonl is joined by custom_id with the requests in FILE.input.jsonl. Nobody graded these answers: quality stays
empty until a grader or a judge fills it in. Cost is what the log says, else 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.errors import BadInput

from ._chat import mapping, outcome
from ._importer import Importer
from ._place import Place, Row
from ._report import Report
from ._tables import json_lines


class OpenAILogs(Importer):
    needs = ("response",)

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, Any]] = {}

    def begin(self, path: Path) -> None:
        self._asked = _requests(path.with_suffix(".input.jsonl"))

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        name = str(row.get("custom_id") or row.get("id") or place)
        response = mapping(row["response"])
        body = mapping(response.get("body")) or response
        request = mapping(row.get("request")) or self._asked.get(name, {})
        yield outcome(name, mapping(request.get("body")) or request, body, row.get("error"))


def _requests(path: Path) -> dict[str, dict[str, Any]]:
    """The batch's requests by custom_id, where their file lies beside it."""
    if not path.exists():
        return {}
    rows = json_lines(path, Report())
    found = {str(row["custom_id"]): mapping(row.get("body")) for _, row in rows if row.get("custom_id")}
    if not found:
        raise BadInput(f"{path} holds no batch requests: each line needs custom_id and body")
    return found
