"""MT-Bench's single-answer judgments (lm-sys/FastChat, Apache-2.0): a score of 1 to 10 a question, model and turn, as JSON lines.

Quality is (score - 1) / 9; both turns of a question are queries of their own. The judge's -1 (it gave no score) is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._clean import number
from ._importer import Importer
from ._place import Place, Row

LOWEST, HIGHEST = 1.0, 10.0


class MTBench(Importer):
    needs = ("question_id", "model", "score")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        score = number(row["score"])
        query = f"{row['question_id']}-turn{row.get('turn', 1)}"
        yield {
            "dataset": "mt-bench",
            "query_id": query,
            "prompt": row.get("user_prompt") or row.get("prompt") or f"MT-Bench question {query}",
            "model": row["model"],
            "quality": "none" if score is None else (score - LOWEST) / (HIGHEST - LOWEST),
            "cost_usd": 0.0,
            "cost_basis": "not stated",
        }
