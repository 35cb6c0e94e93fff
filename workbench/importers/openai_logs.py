"""Chat requests with their responses, JSON lines: OpenAI's batch output beside its input, {request, response} pairs, chat logs.

A batch output NAME.jsonl (or its error file) is joined by custom_id with the requests in NAME.input.jsonl beside it. A chat log is
`messages` that end in the assistant's, with `model`. Several files, such as one a model, are imported as a folder. Nobody graded these
answers: quality stays empty until a grader or a judge fills it in. Cost is what the log says (OpenRouter's usage.cost), else 0 and
`cost_basis` says so. The batch's format: platform.openai.com/docs/api-reference/batch/request-output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.errors import BadInput

from ._chat import failure, mapping, outcome
from ._importer import Importer
from ._place import Place, Row

NEVER_ASKED = ("batch_expired", "batch_cancelled")


class OpenAILogs(Importer):
    def __init__(self) -> None:
        self._asked: Requests | None = None

    def begin(self, file: Path) -> None:
        beside = file.with_name(f"{file.name.split('.')[0]}.input.jsonl")
        self._asked = Requests(beside) if beside.is_file() else None

    def lacks(self, row: Row) -> list[str]:
        return [] if "response" in row or "messages" in row else ["response (or messages)"]

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        if "response" not in row:
            yield _chat(row)
            return
        error, response = row.get("error"), mapping(row["response"])
        if mapping(error).get("code") in NEVER_ASKED:
            yield "the batch ended before this was asked"
            return
        body = mapping(response.get("body")) or response
        status, said = response.get("status_code"), error or body.get("error")
        failed = bool(said) or (isinstance(status, int) and status >= 400)
        request = self._request(row)
        if request is None:
            yield "its request is not in NAME.input.jsonl beside NAME.jsonl"
            return
        yield outcome(
            request.get("messages"), body, request.get("model"), failure(status, said or "failed") if failed else None
        )

    def _request(self, row: Row) -> dict[str, Any] | None:
        own = mapping(row.get("request"))
        if own or "custom_id" not in row:
            return mapping(own.get("body")) or own
        return self._asked.find(str(row["custom_id"])) if self._asked else None


def _chat(row: Row) -> Row | str:
    """A log that is one conversation."""
    messages = row["messages"]
    if not isinstance(messages, list) or not messages or mapping(messages[-1]).get("role") != "assistant":
        return "the messages do not end in the assistant's"
    body = {"choices": [{"message": messages[-1]}], "usage": row.get("usage")}
    return outcome(messages[:-1], body, row.get("model"))


class Requests:
    """A batch's requests by custom_id, read from their file when asked for: only their places are kept in memory."""

    def __init__(self, file: Path) -> None:
        """Raises BadInput for a file that holds none."""
        self._file = file
        self._places: dict[str, int] = {}
        at = 0
        with file.open("rb") as lines:
            for line in lines:
                row = _object(line)
                if "custom_id" in row and "body" in row:
                    self._places[str(row["custom_id"])] = at
                at += len(line)
        if not self._places:
            raise BadInput(f"{file} holds no batch requests: each line needs custom_id and body")

    def find(self, name: str) -> dict[str, Any] | None:
        if name not in self._places:
            return None
        with self._file.open("rb") as lines:
            lines.seek(self._places[name])
            return mapping(_object(lines.readline()).get("body"))


def _object(line: bytes) -> dict[str, Any]:
    try:
        return mapping(json.loads(line))
    except (ValueError, RecursionError):
        return {}
