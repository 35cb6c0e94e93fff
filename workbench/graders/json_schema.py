"""JSON that fits a schema (`data.schema`). It may stand in a code fence; words around it do not count against it."""

from __future__ import annotations

import json
import re
from typing import Any

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader, answer_of

FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
LONGEST = 100_000


class JsonSchema(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        import jsonschema

        schema = case.data.get("schema")
        if not isinstance(schema, dict):
            raise BadInput(f"case {case.prompt.id}: json_schema needs data.schema")
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            raise BadInput(f"case {case.prompt.id}: data.schema is no JSON schema: {error.message}") from None
        found = value_of(answer_of(text)[:LONGEST])
        if found is NOTHING:
            return Grade(0.0, "no JSON in it")
        wrong = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(found)), None)
        return Grade(0.0, f"{wrong.json_path}: {wrong.message[:120]}") if wrong else Grade(1.0, "fits the schema")


NOTHING = object()


def value_of(text: str) -> Any:
    """The JSON value of a text: all of it, its last fence, or what begins at its first bracket; NOTHING without one."""
    fenced = FENCE.findall(text)
    for body in [text, *fenced[-1:]]:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            continue
    start = min((at for at in map(text.find, "{[") if at >= 0), default=-1)
    if start < 0:
        return NOTHING
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0]
    except (ValueError, RecursionError):
        return NOTHING
