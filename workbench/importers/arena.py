"""Votes of Chatbot Arena, in the forms that were published; see each set's card for its licence.

lmsys/chatbot_arena_conversations and the leaderboard's clean_battle files, lmarena-ai/arena-human-preference-100k and -140k, and the
55k of the Kaggle contest (winner_model_a, winner_model_b, winner_tie). Two models' conversations with the same first message: prompt and
responses are the first of each. Votes of people who saw the names (anony is false) are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ._chat import said
from ._clean import number
from ._importer import Importer
from ._place import Place, Row

WORDS = {"tie (bothbad)": "both_bad", "bothbad": "both_bad", "both bad": "both_bad"}
ONE_HOT = {"winner_model_a": "model_a", "winner_model_b": "model_b", "winner_tie": "tie"}
TAGS = ("creative_writing", "if", "math")
"""Of category_tag; `if` is instruction following."""


class Arena(Importer):
    kind = "votes"
    needs = ("model_a", "model_b")

    def lacks(self, row: Row) -> list[str]:
        told = "winner" in row or all(name in row for name in ONE_HOT)
        return super().lacks(row) + ([] if told else ["winner"])

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        if number(row.get("anony")) == 0:
            yield "the voter saw the models' names"
            return
        a, b = parsed(row.get("conversation_a")), parsed(row.get("conversation_b"))
        yield {
            "dataset": place.stem,
            "query_id": row.get("question_id") or row.get("id") or f"{place.stem}-{place.n:07}",
            "prompt": said(a, "user") or _first(row.get("prompt")),
            "model_a": row["model_a"],
            "model_b": row["model_b"],
            "response_a": said(a, "assistant") or _first(row.get("response_a")),
            "response_b": said(b, "assistant") or _first(row.get("response_b")),
            "winner": _winner(row),
            "judge": "human",
            "annotator": row.get("judge") or row.get("judge_hash") or row.get("evaluation_session_id"),
            "category": _category(row),
            "tstamp": row.get("tstamp") or row.get("timestamp"),
        }


def _winner(row: Row) -> str | None:
    if "winner" in row:
        word = str(row["winner"]).strip().lower()
        return WORDS.get(word, word)
    marked = [name for column, name in ONE_HOT.items() if number(row[column]) == 1]
    return marked[0] if len(marked) == 1 else None


def _category(row: Row) -> str | None:
    """The tags that hold, joined by a bar, code first; `other` where it is tagged and none does."""
    tags = parsed(row.get("category_tag"))
    if not isinstance(tags, dict):
        return "code" if row.get("is_code") else None
    held = {name for group in tags.values() if isinstance(group, dict) for name, on in group.items() if on is True}
    found = ["code"] * bool(row.get("is_code")) + [tag for tag in TAGS if tag in held]
    return "|".join(found) or "other"


def parsed(value: Any) -> Any:
    """JSON that came as text; what is none stays as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _first(value: Any) -> str | None:
    """The first of a list of turns, which may be written as JSON."""
    value = parsed(value)
    if isinstance(value, list):
        value = next((turn for turn in value if turn is not None), None)
    return None if value is None else str(value)
