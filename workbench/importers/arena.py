"""Votes of Chatbot Arena (lmsys/chatbot_arena_conversations and lmarena-ai's later sets; see their cards for licences).

Two models' conversations with the same first message, and a winner: model_a, model_b, tie, or `tie (bothbad)` / both_bad.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._importer import Importer
from ._place import Place, Row

WORDS = {"tie (bothbad)": "both_bad", "bothbad": "both_bad", "both bad": "both_bad"}


class Arena(Importer):
    kind = "votes"
    needs = ("model_a", "model_b", "winner")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        winner = str(row["winner"]).strip().lower()
        yield {
            "dataset": place.stem,
            "query_id": row.get("question_id") or row.get("id") or f"{place.stem}-{place.n:07}",
            "prompt": _said(row.get("conversation_a"), "user") or row.get("prompt"),
            "model_a": row["model_a"],
            "model_b": row["model_b"],
            "response_a": _said(row.get("conversation_a"), "assistant") or row.get("response_a"),
            "response_b": _said(row.get("conversation_b"), "assistant") or row.get("response_b"),
            "winner": WORDS.get(winner, winner),
            "judge": "human",
            "annotator": row.get("judge") or row.get("evaluation_session_id"),
            "category": row.get("language"),
            "tstamp": row.get("tstamp") or row.get("timestamp"),
        }


def _said(conversation: Any, role: str) -> str | None:
    """What one side said first."""
    turns = conversation if isinstance(conversation, list) else []
    found = next((t.get("content") for t in turns if isinstance(t, dict) and t.get("role") == role), None)
    if isinstance(found, list):
        return "".join(str(part.get("text", "")) for part in found if isinstance(part, dict))
    return None if found is None else str(found)
